/// What a ``FaultyProxy`` can do to connections.
package enum Fault: Sendable, Equatable {
    /// Ends both sides with a reset: what is under way is lost.
    case reset
    /// Ends both sides in order, as a proxy that is told to stop does: what is under way still arrives.
    case end
    /// Forwards nothing for a time, and does not read either.
    case stall(Duration, Direction)
    /// From now on, what is forwarded arrives so much later.
    case latency(Duration)
    /// From now on, at most so many bytes are forwarded with one write; nil for as many as there are.
    case pieces(of: Int?)
}

/// Which way bytes go.
package enum Direction: Sendable, CaseIterable {
    case toServer, toClient, both

    /// Whether this includes the way to a side.
    func includes(_ direction: Direction) -> Bool { self == .both || self == direction }
}

/// Whom a ``Fault`` hits.
package enum Victims: Sendable, Equatable {
    /// All that are connected, and who connects later where the fault is a lasting one.
    case all
    /// One of those that are connected: the one at this part of their number, from 0 to below 1.
    case one(at: Double)
}
