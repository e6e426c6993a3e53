/// The state of an HTTP connection: either the peer sends a request, or the server responds.
///
/// The next request is parsed after the response to the previous one. So responses have the order of the requests, and
/// a peer that sends requests without reading responses does not fill a buffer. The number of requests per connection
/// is unlimited, because no memory grows with it. ``ServerTimeouts`` end an idle connection.
package struct HTTPTurns {
    package enum State: Equatable {
        /// No byte of the next request was received. Exits: a byte arrives → asking; a shutdown begins, or the peer
        /// ends its side → over.
        case waiting
        /// The head of a request is being received. Exits: the head is complete → answering; the peer ends its side →
        /// over. A shutdown does not interrupt it.
        case asking
        /// A response is pending. Exits: the response is complete → waiting, or over if it was the last one.
        case answering
        case over
    }

    /// The action to take after an event.
    package enum Action: Equatable {
        case nothing
        /// The first byte of a head has arrived. Start the deadline for the head.
        case limitHead
        /// Read the next request.
        case next
        /// Flush the queue, then close the connection.
        case close
    }

    /// The current state. The deadline for the first head starts when the connection is accepted.
    package private(set) var state = State.asking
    /// Whether the connection closes after the pending response, which then has `Connection: close`.
    package private(set) var isLast = false

    package init() {}

    package mutating func bytesCame() -> Action {
        guard state == .waiting else { return .nothing }
        state = .asking
        return .limitHead
    }

    /// - Parameter isLast: Whether the client asks to close the connection, or the bytes after the request are not a
    ///   request.
    package mutating func requestCame(isLast: Bool) {
        guard state != .over else { return }
        state = .answering
        self.isLast = self.isLast || isLast
    }

    /// Call this when the response is queued, and the peer has read most of it.
    package mutating func answered() -> Action {
        guard state == .answering else { return .nothing }
        state = isLast ? .over : .waiting
        return isLast ? .close : .next
    }

    /// Call this when the peer has ended its side. It can still read a pending response.
    package mutating func peerEnded() -> Action { end() }

    /// Call this when a shutdown begins. A pending response is completed. A partly received head is read to its end,
    /// and the request is then refused.
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
