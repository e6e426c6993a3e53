/// A connection that an index delivers to. Used on its loop.
package protocol Recipient: AnyObject {
    /// Whether the session attributes satisfy a predicate.
    func satisfies(_ predicate: SessionCondition) -> Bool

    /// Delivers a message.
    /// - Parameters:
    ///   - channel: The channel that the message was published to; nil for a broadcast.
    ///   - policy: The channel's policy for slow consumers.
    ///   - isAwaited: Whether the publisher waits until there is room for more.
    func deliver(
        _ message: SharedMessage, channel: String?, policy: SlowConsumerPolicy?, isAwaited: Bool
    ) -> DeliveryOutcome

    /// Calls `resume` once: when there is room for more, when the connection closes, or when the time has passed.
    func whenRoom(atMost time: Duration, _ resume: @escaping () -> Void)
}
