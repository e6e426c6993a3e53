/// A fault that a ``FaultyProxy`` can inject into connections.
package enum Fault: Sendable, Equatable {
    /// Closes both sides with a reset. Bytes in flight are lost.
    case reset
    /// Closes both sides gracefully, like a proxy that shuts down. Bytes in flight still arrive.
    case end
    /// Neither reads nor forwards bytes for a time.
    case stall(Duration, Direction)
    /// From now on, delays all forwarded bytes by this time.
    case latency(Duration)
    /// From now on, forwards at most this number of bytes with one write; nil means no limit.
    case pieces(of: Int?)
}

/// The direction in which bytes are forwarded.
package enum Direction: Sendable, CaseIterable {
    case toServer, toClient, both

    /// Returns whether this includes a single direction.
    func includes(_ direction: Direction) -> Bool { self == .both || self == direction }
}

/// The connections that a ``Fault`` affects.
package enum Victims: Sendable, Equatable {
    /// All current connections. `latency` and `pieces` also affect later connections.
    case all
    /// One of the current connections: the one at this fraction of the list, from 0 to below 1.
    case one(at: Double)
}
