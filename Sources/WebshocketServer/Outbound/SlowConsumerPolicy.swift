/// The policy for messages of channels, rooms and broadcasts that are published faster than a peer reads them.
///
/// A message is queued if more than 64 KiB are unsent on the peer's connection. ``ServerLimits/outboundQueue`` limits
/// the queue, and the policy applies at that limit. The connection's policy (``Connection/slowConsumers``) takes
/// precedence over the channel's, and the channel's over the server's (``ServerConfiguration/slowConsumers``).
///
/// Messages sent with `connection.send` are never dropped. If there is no room even after all droppable messages were
/// dropped, the connection is closed with 1013. A queued message costs one reference per connection, because its bytes
/// are shared. See Protocol.md, "Slow consumers".
public enum SlowConsumerPolicy: Sendable, Hashable {
    /// Closes the connection with 1013, "Slow consumer". Use this if no message may be missed: the peer reconnects, and
    /// knows that it must catch up.
    case disconnect
    /// Drops the oldest queued messages to make room. Use this if the newest messages matter most and gaps do no harm,
    /// as with positions or log lines. The peer is not notified of dropped messages.
    case dropOldest
    /// Queues only the latest message of each channel. Use this if each message is the whole state, such as a price or
    /// a score. A slow peer gets fewer messages, and no outdated message long after a newer one was published.
    ///
    /// Messages are replaced as soon as they must wait, not only at the limit. At the limit, the message of the channel
    /// that waited longest is dropped. A message without a channel replaces nothing.
    ///
    /// A replacement is queued at the end, after everything published before it. To keep a busy channel from moving
    /// back forever, one older message of it is kept once its turn has passed.
    case keepLatest
    /// Suspends a publisher that awaits, until there is room or the time has passed. Then the peer is disconnected with
    /// 1013. Use this for publishers that can slow down, such as one that reads a file.
    ///
    /// A peer that stops reading delays all other subscribers of its channel for that time. Each waiting publisher may
    /// queue one message above the limit. For a publisher that does not await, the policy acts like ``disconnect``.
    case wait(atMost: Duration)
}

extension SlowConsumerPolicy {
    /// Checks that the time is in its range.
    /// - Throws: ``ServerError`` if the time is negative.
    func check() throws(ServerError) {
        switch self {
        case .disconnect, .dropOldest, .keepLatest: break
        case .wait(let time):
            guard time < .zero else { return }
            throw ServerError(
                code: .invalidConfiguration, message: "the wait of slowConsumers must be at least 0 s (got \(time))")
        }
    }
}
