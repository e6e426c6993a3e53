import EventLoops
import Testing
import Webshocket

@Suite("The backlog of a connection")
struct MessageBacklogTests {
    private static func entry(_ bytes: [UInt8], id: String? = nil) -> MessageBacklog.Entry {
        MessageBacklog.Entry(kind: .binary, bytes: bytes, callID: id.map { Array($0.utf8) }, isCall: id != nil)
    }

    private static func id(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test("returns messages in order, without those that were removed")
    func order() {
        let backlog = MessageBacklog(limit: 10, at: .now)
        for number: UInt8 in 0..<5 { backlog.append(Self.entry([number], id: "\(number)")) }
        #expect(backlog.remove(Self.id("3"))?.bytes == [3])
        #expect(backlog.remove(Self.id("3")) == nil)
        #expect(backlog.remove(Self.id("none")) == nil)
        var left: [[UInt8]] = []
        while let entry = backlog.removeFirst() { left.append(entry.bytes) }
        #expect(left == [[0], [1], [2], [4]])
        #expect(backlog.isEmpty)
    }

    @Test("removes the latest of several calls with one ID")
    func sameID() {
        let backlog = MessageBacklog(limit: 10, at: .now)
        backlog.append(Self.entry([1], id: "a"))
        backlog.append(Self.entry([2], id: "a"))
        #expect(backlog.remove(Self.id("a"))?.bytes == [2])
        #expect(backlog.first?.bytes == [1])
        #expect(!backlog.contains(Self.id("a")))
    }

    @Test("is full at the limit on messages, and has room again at half of it")
    func limit() {
        let backlog = MessageBacklog(limit: 4, at: .now)
        for number: UInt8 in 0..<4 {
            #expect(!backlog.isFull)
            backlog.append(Self.entry([number]))
        }
        #expect(backlog.isFull)
        _ = backlog.removeFirst()
        #expect(!backlog.hasRoom)
        _ = backlog.removeFirst()
        #expect(backlog.hasRoom)
    }

    @Test("is full at the limit on bytes, which count 64 more for each message")
    func bytes() {
        let backlog = MessageBacklog(limit: 10_000, at: .now)
        let half = [UInt8](repeating: 0, count: MessageBacklog.capacity / 2 - 64)
        backlog.append(Self.entry(half, id: "a"))
        #expect(!backlog.isFull && backlog.hasRoom)
        backlog.append(Self.entry(half, id: "b"))
        #expect(backlog.isFull && !backlog.hasRoom)
        _ = backlog.remove(Self.id("b"))
        #expect(backlog.hasRoom)
    }

    @Test("allows 8,192 requests at once that do not wait, and then 1,000 per second")
    func promptRequests() {
        let start = ContinuousClock.now
        let backlog = MessageBacklog(limit: 2_048, at: start)
        #expect(backlog.isUnused(at: start))
        for _ in 0..<8_191 { #expect(backlog.pauseAfterPromptRequest(at: start) == nil) }
        #expect(backlog.pauseAfterPromptRequest(at: start) == .milliseconds(1))
        #expect(backlog.pauseAfterPromptRequest(at: start + .milliseconds(1)) == .milliseconds(1))
        #expect(backlog.pauseAfterPromptRequest(at: start + .seconds(1)) == nil)
        // A new backlog in its place would allow as many at once again.
        #expect(!backlog.isUnused(at: start + .seconds(1)))
        #expect(backlog.isUnused(at: start + .seconds(9)))
    }
}
