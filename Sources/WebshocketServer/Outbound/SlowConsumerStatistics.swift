import Synchronization

/// The counters of messages for slow peers, on all connections since the server started.
public struct SlowConsumerStatistics: Sendable, Hashable {
    /// The number of messages dropped at the queue limit of a connection. A message to several connections counts for
    /// each.
    public let droppedMessages: Int
    /// The number of messages that a later message of their channel replaced.
    public let replacedMessages: Int
    /// The number of connections closed with 1013, "Slow consumer".
    public let disconnections: Int
    /// The highest number of bytes that waited for one peer when a message was queued. It is at most
    /// ``ServerLimits/outboundQueue``, plus the last message that the socket accepted beyond its limit, plus replies.
    public let peakQueuedBytes: Int

    package init(
        droppedMessages: Int = 0, replacedMessages: Int = 0, disconnections: Int = 0, peakQueuedBytes: Int = 0
    ) {
        self.droppedMessages = droppedMessages
        self.replacedMessages = replacedMessages
        self.disconnections = disconnections
        self.peakQueuedBytes = peakQueuedBytes
    }

    func adding(_ other: SlowConsumerStatistics) -> SlowConsumerStatistics {
        SlowConsumerStatistics(
            droppedMessages: droppedMessages + other.droppedMessages,
            replacedMessages: replacedMessages + other.replacedMessages,
            disconnections: disconnections + other.disconnections,
            peakQueuedBytes: max(peakQueuedBytes, other.peakQueuedBytes))
    }
}

/// The counters of ``SlowConsumerStatistics``, updated from all event loops of a server, and only for slow peers.
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
        // The maximum changes rarely, so the value is written only when it does.
        if bytes > mostWaiting.load(ordering: .relaxed) { mostWaiting.max(bytes, ordering: .relaxed) }
    }

    var statistics: SlowConsumerStatistics {
        SlowConsumerStatistics(
            droppedMessages: dropped.load(ordering: .relaxed), replacedMessages: replaced.load(ordering: .relaxed),
            disconnections: disconnected.load(ordering: .relaxed),
            peakQueuedBytes: mostWaiting.load(ordering: .relaxed))
    }
}
