import Bytes
import Testing
import Webshocket

@Suite("An outbound queue's budget for replies")
struct ReplyBudgetTests {
    private static let overhead = OutboundQueue.overhead
    private static let large = OutboundQueue.smallReply + 1

    private func reply(_ size: Int) -> QueuedReply {
        QueuedReply(.binary, ByteBuffer(copying: [UInt8](repeating: 7, count: size)))
    }

    @Test("accepts replies up to its size, and drops one that is a byte too long")
    func edge() {
        let size = 3_000
        var queue = OutboundQueue(capacity: 0, replyCapacity: 2 * (size + Self.overhead))
        #expect(queue.append(reply(size)) == .queued)
        #expect(queue.append(reply(size + 1)) == .dropped)
        #expect(queue.append(reply(size)) == .queued)
        #expect(queue.append(reply(Self.large)) == .dropped)
        #expect(queue.replyCount == 2 && queue.replyBytes == queue.replyCapacity)
    }

    @Test("accepts a reply of any size if no other reply waits, also after messages")
    func only() {
        var queue = OutboundQueue(capacity: 1_000, replyCapacity: 10)
        _ = queue.append(.text, sent: [1])
        #expect(queue.append(reply(100_000)) == .queued)
        #expect(queue.append(reply(Self.large)) == .dropped)
        _ = queue.popFirst()
        #expect(queue.append(reply(Self.large)) == .dropped)
        _ = queue.popFirst()
        #expect(queue.isEmpty && queue.replyBytes == 0 && queue.replyCount == 0)
        #expect(queue.append(reply(100_000)) == .queued)
    }

    @Test("accepts small replies beyond its size until the reserve is used up")
    func reserve() {
        let small = OutboundQueue.smallReply
        var queue = OutboundQueue(capacity: 0, replyCapacity: 100_000 + Self.overhead)
        #expect(queue.append(reply(100_000)) == .queued)
        for _ in 0..<OutboundQueue.reserve / (small + Self.overhead) { #expect(queue.append(reply(small)) == .queued) }
        #expect(queue.append(reply(small)) == .overfull)
        #expect(queue.replyBytes <= queue.replyCapacity + OutboundQueue.reserve)
    }

    @Test("has a reserve for one error per call and stream with the default limits")
    func defaults() {
        let limits = ServerLimits()
        let answers = limits.callsInFlight + 2 * limits.streams
        #expect(answers * (OutboundQueue.smallReply + Self.overhead) <= OutboundQueue.reserve)
    }
}
