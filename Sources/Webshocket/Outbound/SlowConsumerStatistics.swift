import Synchronization

/// What became of the messages for peers that were too slow, on all connections since the server started.
public struct SlowConsumerStatistics: Sendable, Hashable {
    /// Messages that were dropped at a connection's cap; one that was published to many connections counts for each.
    public let droppedMessages: Int
    /// Messages in whose place a later one of their channel was sent.
    public let replacedMessages: Int
    /// Connections that were closed with 1013, "Slow consumer".
    public let disconnections: Int
    /// The most bytes that waited for one peer when a message for it had to wait; no more than
    /// ``Limits/outboundQueue``, the
    /// one message that its socket takes beyond its room, and replies.
    public let mostWaitingBytes: Int

    package init(
        droppedMessages: Int = 0, replacedMessages: Int = 0, disconnections: Int = 0, mostWaitingBytes: Int = 0
    ) {
        self.droppedMessages = droppedMessages
        self.replacedMessages = replacedMessages
        self.disconnections = disconnections
        self.mostWaitingBytes = mostWaitingBytes
    }

    func adding(_ other: SlowConsumerStatistics) -> SlowConsumerStatistics {
        SlowConsumerStatistics(
            droppedMessages: droppedMessages + other.droppedMessages,
            replacedMessages: replacedMessages + other.replacedMessages,
            disconnections: disconnections + other.disconnections,
            mostWaitingBytes: max(mostWaitingBytes, other.mostWaitingBytes))
    }
}

/// The counters behind ``SlowConsumerStatistics``, written from all loops of a server; only the slow ones' messages
/// come here.
final class SlowConsumerCounters: Sendable {
    private let dropped = Atomic<Int>(0)
    private let replaced = Atomic<Int>(0)
    private let disconnected = Atomic<Int>(0)
    private let mostWaiting = Atomic<Int>(0)

    func count(dropped: Int, replaced: Int) {
        if dropped > 0 { self.dropped.add(dropped, ordering: .relaxed) }
        if replaced > 0 { self.replaced.add(replaced, ordering: .relaxed) }
    }

    func countDisconnection() {
        disconnected.add(1, ordering: .relaxed)
    }

    func note(waiting bytes: Int) {
        // It is seldom more than ever before, and only then written.
        if bytes > mostWaiting.load(ordering: .relaxed) { mostWaiting.max(bytes, ordering: .relaxed) }
    }

    var statistics: SlowConsumerStatistics {
        SlowConsumerStatistics(
            droppedMessages: dropped.load(ordering: .relaxed), replacedMessages: replaced.load(ordering: .relaxed),
            disconnections: disconnected.load(ordering: .relaxed),
            mostWaitingBytes: mostWaiting.load(ordering: .relaxed))
    }
}
