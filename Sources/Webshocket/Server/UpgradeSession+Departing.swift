import EventLoops

extension UpgradeSession {
    /// The state of a session that a limit may have refused.
    enum Departure {
        /// The session is not refused.
        case none
        /// Refused, and counted under its address until its socket is closed. The peer has time to read the response.
        case counted(String)
        case atOnce
    }

    /// Stops counting the session as a connection, because a limit has refused it.
    func depart() {
        leaveCensus()
        let address = peer.address
        departure = serverLoop.context.census.depart(address) ? .counted(address) : .atOnce
    }

    /// Closes the connection to make room for a new one.
    func giveUpPlace() {
        depart()
        if case .counted = departure, let http { return http.close() }
        stage = .over
        socket.close()
    }

    /// Stops counting the session, either as a connection or as a refused socket.
    func leaveCensus() {
        let census = serverLoop.context.census
        switch counted {
        case .not: break
        case .nobody: census.leave(nil)
        case .address(let address): census.leave(address)
        }
        counted = .not
        guard case .counted(let address) = departure else { return }
        census.didDepart(address)
        departure = .none
    }
}
