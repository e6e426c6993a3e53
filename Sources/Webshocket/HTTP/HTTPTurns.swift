/// Whose turn it is on a connection that carries requests: the peer's to ask, or the server's to answer.
///
/// One request is answered before the next is looked at, so that answers stand in the order of the requests, and a peer
/// that asks without reading fills nothing. There is no bound on the requests of one connection: nothing grows with
/// their number, and ``Timeouts`` end one on which nothing happens.
package struct HTTPTurns {
    package enum State: Equatable {
        /// Nothing of a next request has come. Exits: a byte → asking; a shutdown or the peer's end → over.
        case waiting
        /// The head of a request is on its way. Exits: its end → answering; a shutdown leaves it its time.
        case asking
        /// Exits: the end of the answer → waiting or over.
        case answering
        case over
    }

    /// What follows an event.
    package enum Action: Equatable {
        case nothing
        /// A head has begun: from here on its time runs.
        case limitHead
        /// The peer may ask again.
        case next
        /// Write what is queued, and close.
        case close
    }

    /// The first head's time runs from the accept.
    package private(set) var state = State.asking
    /// Whether the connection ends with the answer that is due, which says so.
    package private(set) var isLast = false

    package init() {}

    package mutating func bytesCame() -> Action {
        guard state == .waiting else { return .nothing }
        state = .asking
        return .limitHead
    }

    /// - Parameter isLast: whether the peer wants no further answer, or what follows is no request.
    package mutating func requestCame(isLast: Bool) {
        guard state != .over else { return }
        state = .answering
        self.isLast = self.isLast || isLast
    }

    /// The answer is written, and the peer has read most of it.
    package mutating func answered() -> Action {
        guard state == .answering else { return .nothing }
        state = isLast ? .over : .waiting
        return isLast ? .close : .next
    }

    /// The peer sends no more, but may read what it has asked for.
    package mutating func peerEnded() -> Action { end() }

    /// An answer that is due is finished, and a head that is under way gets its refusal.
    package mutating func shutdownBegan() -> Action { state == .asking ? .nothing : end() }

    private mutating func end() -> Action {
        isLast = true
        switch state {
        case .answering, .over: return .nothing
        case .waiting, .asking:
            state = .over
            return .close
        }
    }
}
