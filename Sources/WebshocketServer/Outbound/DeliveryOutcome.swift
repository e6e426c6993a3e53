/// The outcome of delivering a shared message to one connection.
package enum DeliveryOutcome: Equatable {
    /// The message is sent at the end of the event loop's current turn.
    case sent
    /// The message is queued until the peer reads. It may have replaced a message, and others may have been dropped for
    /// it.
    case queued(replaced: Bool, dropped: Int)
    /// The message is queued above the capacity. Its publisher must wait for room before it publishes again.
    case mustWait(atMost: Duration)
    /// The message was dropped.
    case dropped
    /// The peer is too slow, and its connection closes because of this message.
    case disconnected
    /// The connection was closing or had ended.
    case closed
}
