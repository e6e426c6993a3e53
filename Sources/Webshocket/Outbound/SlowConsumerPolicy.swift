/// What becomes of the messages of channels, of rooms and of broadcasts when a peer does not read them as fast as they
/// are published.
///
/// A message waits when more than 64 KiB are unsent on its peer's connection; what waits is bounded by
/// ``Limits/outboundQueue``, and a policy says what happens at that bound. What counts is, in this order, what the
/// connection says (``Connection/slowConsumers``), what the message's channel says, and what the server says
/// (``ServerConfiguration/slowConsumers``).
///
/// What `connection.send` sends is never dropped: where it finds no room, although all messages were dropped that may
/// be, the connection is closed with 1013. A message that waits costs a reference, however many connections it waits
/// for. See Protocol.md, "Slow consumers".
public enum SlowConsumerPolicy: Sendable, Hashable {
    /// Closes the connection with 1013, "Slow consumer". For messages of which none may be missed: the peer connects
    /// again, and knows that it has to catch up.
    case disconnect
    /// Drops the oldest waiting messages to make room. For a feed where the newest matter most and gaps do no harm,
    /// such as positions or log lines; the peer is not told of them.
    case dropOldest
    /// Keeps, of each channel, only the latest message waiting. For channels whose every message is the whole state,
    /// such as a price or a score: a peer that is behind gets fewer of them, and never an old one long after a newer
    /// one was published. From the first message that has to wait; above the cap, the oldest channel's is dropped. A
    /// message that is of no channel replaces nothing.
    ///
    /// A replacement stands where it was published, behind everything published before it. So that a channel that never
    /// rests is not pushed back for ever, one older message of it is kept once its turn has passed.
    case keepLatest
    /// Holds up whoever publishes and awaits, until there is room again or the time is over; then the peer is
    /// disconnected with 1013. For a publisher that can slow down, such as one that reads a file. A peer that stops
    /// reading holds up all others of its channel for that long. One message for each publisher that waits may stand
    /// above the cap. For one that does not await it is ``disconnect``.
    case wait(atMost: Duration)
}

extension SlowConsumerPolicy {
    /// - Throws: ``StartupError`` for a time that is none.
    func check() throws(StartupError) {
        switch self {
        case .disconnect, .dropOldest, .keepLatest: break
        case .wait(let time):
            guard time < .zero else { return }
            throw StartupError(
                code: .badConfiguration, message: "slowConsumers is to wait 0 s or more, not \(time)")
        }
    }
}
