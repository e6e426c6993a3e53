/// Whom an index delivers to, on its loop.
package protocol Recipient: AnyObject {
    /// Whether its session attributes are as a predicate wants them.
    func satisfies(_ predicate: SessionCondition) -> Bool

    /// - Parameters:
    ///   - channel: what the message was published to; nil for a broadcast.
    ///   - policy: what the channel declares for slow consumers.
    ///   - isAwaited: whether the publisher waits until there is room.
    func deliver(
        _ message: SharedMessage, channel: String?, policy: SlowConsumerPolicy?, isAwaited: Bool
    ) -> DeliveryOutcome

    /// Calls back once: when there is room for more, when the connection closes, or when the time is over.
    func whenRoom(atMost time: Duration, _ resume: @escaping () -> Void)
}
