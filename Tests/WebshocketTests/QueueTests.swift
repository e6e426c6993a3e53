import Testing
import Webshocket

@Suite("Queue")
struct QueueTests {
    @Test("returns elements in order, with interleaved appends and removals")
    func order() {
        var queue = Queue<Int>()
        var next = 0
        for number in 0..<5_000 {
            queue.append(number)
            guard number % 3 > 0 else { continue }
            #expect(queue.popFirst() == next)
            next += 1
        }
        #expect(queue.count == 5_000 - next)
        while let number = queue.popFirst() {
            #expect(number == next)
            next += 1
        }
        #expect(next == 5_000 && queue.isEmpty)
    }

    @Test("releases a removed element while others are queued")
    func release() {
        final class Load {}
        var queue = Queue<Load>()
        var load: Load? = Load()
        weak let watched = load
        queue.append(load ?? Load())
        queue.append(Load())
        load = nil
        #expect(watched != nil)
        _ = queue.popFirst()
        #expect(watched == nil && queue.count == 1)
    }
}
