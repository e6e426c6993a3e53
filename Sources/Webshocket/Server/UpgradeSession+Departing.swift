import EventLoops

extension UpgradeSession {
    /// Whether the socket of a session that is refused may stay open until its peer has read the answer.
    enum Departure {
        /// It is not refused.
        case none
        /// Counted until it is closed, by its address.
        case counted(String)
        case atOnce
    }

    /// Takes the session out of the connections that count, because a limit has refused it.
    func depart() {
        leaveCensus()
        let address = peer.address
        departure = serverLoop.context.census.depart(address) ? .counted(address) : .atOnce
    }

    /// Makes room for a newcomer.
    func giveUpPlace() {
        depart()
        if case .counted = departure, let http { return http.close() }
        stage = .over
        socket.close()
    }

    /// Stops counting the session.
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
