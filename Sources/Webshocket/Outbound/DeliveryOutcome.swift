/// What one connection did with a message that is for many.
package enum DeliveryOutcome: Equatable {
    /// It leaves at the end of the loop's turn.
    case sent
    /// It waits for the peer to read, instead of what it replaced and of what was dropped for it.
    case queued(replaced: Bool, dropped: Int)
    /// It waits, above the cap: its publisher is to wait for room before it publishes on.
    case mustWait(atMost: Duration)
    /// It was dropped.
    case dropped
    /// The peer is too slow, and its connection is closing because of this message.
    case disconnected
    /// The connection was closing or had ended.
    case closed
}
