import EventLoops

extension UpgradeSession {
    /// The state of a session that a limit may have refused.
    enum ClosingSocket {
        /// The session is not refused.
        case none
        /// Refused, and counted under its address until its transport is closed. The peer has time to read the response.
        case counted(String)
        case atOnce
    }

    /// Stops counting the session as a connection, because a limit has refused it.
    func depart() {
        leaveCounter()
        let address = peer.address
        closingSocket = serverLoop.context.counter.depart(address) ? .counted(address) : .atOnce
    }

    /// Closes the connection to make room for a new one.
    func giveUpPlace() {
        depart()
        if case .counted = closingSocket, let http { return http.close() }
        stage = .over
        transport.close()
    }

    /// Stops counting the session, either as a connection or as a refused peer.
    func leaveCounter() {
        let counter = serverLoop.context.counter
        switch counted {
        case .not: break
        case .nobody: counter.leave(nil)
        case .address(let address): counter.leave(address)
        }
        counted = .not
        guard case .counted(let address) = closingSocket else { return }
        counter.didDepart(address)
        closingSocket = .none
    }
}
