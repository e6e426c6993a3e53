import Testing

import EventLoops

@Suite("A queue of log lines")
struct LineQueueTests {
    private func makeQueue(lines: Int = 4, bytes: Int = 1_000) -> LineQueue {
        LineQueue(limits: LineQueue.Limits(lines: lines, bytes: bytes)) { Array("dropped \($0)".utf8) }
    }

    /// Takes all items, marks them as written, and returns them.
    private func drain(_ queue: inout LineQueue) -> [String] {
        var written: [String] = []
        while let item = queue.next() {
            written.append(String(decoding: item.bytes, as: UTF8.self))
            queue.finish(item, isWritten: true)
        }
        return written
    }

    private func take(_ queue: inout LineQueue) -> LineQueue.Item {
        let item = queue.next()
        #expect(item != nil)
        return item ?? LineQueue.Item(bytes: [], reported: 0)
    }

    @Test("keeps the order of lines")
    func order() {
        var queue = makeQueue()
        for line in ["a", "b", "c"] { queue.append(Array(line.utf8)) }
        #expect(drain(&queue) == ["a", "b", "c"])
        #expect(queue.isEmpty && queue.byteCount == 0 && queue.dropped == 0)
    }

    @Test("accepts lines up to its limit, drops further ones, and reports the gap at its position")
    func lineLimit() {
        var queue = makeQueue()
        for line in ["a", "b", "c", "d"] { queue.append(Array(line.utf8)) }
        #expect(queue.dropped == 0)
        for line in ["e", "f"] { queue.append(Array(line.utf8)) }
        #expect(queue.dropped == 2)
        #expect(drain(&queue) == ["a", "b", "c", "d", "dropped 2"])
        queue.append(Array("g".utf8))
        #expect(drain(&queue) == ["g"])
    }

    @Test("accepts bytes up to its limit, and drops the next line")
    func byteLimit() {
        var queue = makeQueue(lines: 100, bytes: 10)
        queue.append([UInt8](repeating: 120, count: 10))
        #expect(queue.dropped == 0)
        queue.append([120])
        #expect(queue.dropped == 1)
        #expect(drain(&queue) == ["xxxxxxxxxx", "dropped 1"])
    }

    @Test("drops lines until half of it is free, to limit the number of reports")
    func hysteresis() {
        var queue = makeQueue()
        for line in ["a", "b", "c", "d", "e"] { queue.append(Array(line.utf8)) }
        let first = take(&queue)
        queue.finish(first, isWritten: true)
        queue.append(Array("f".utf8))
        #expect(queue.dropped == 2)
        let second = take(&queue)
        queue.finish(second, isWritten: true)
        queue.append(Array("g".utf8))
        #expect(drain(&queue) == ["c", "d", "dropped 2", "g"])
    }

    @Test("counts lines that could not be written, and reports them after a line has been written")
    func refusal() {
        var queue = makeQueue()
        for line in ["a", "b"] { queue.append(Array(line.utf8)) }
        for _ in 0..<2 {
            let item = take(&queue)
            queue.finish(item, isWritten: false)
        }
        let next = queue.next()
        #expect(queue.dropped == 2 && queue.isEmpty && next == nil)
        for line in ["c", "d"] { queue.append(Array(line.utf8)) }
        #expect(drain(&queue) == ["c", "dropped 2", "d"])
    }

    @Test("repeats a report that could not be written, and counts its lines once")
    func refusedReport() {
        var queue = makeQueue()
        for line in ["a", "b", "c", "d", "e"] { queue.append(Array(line.utf8)) }
        for _ in 0..<4 {
            let item = take(&queue)
            queue.finish(item, isWritten: true)
        }
        let report = take(&queue)
        queue.finish(report, isWritten: false)
        #expect(queue.isEmpty && queue.dropped == 1)
        queue.append(Array("f".utf8))
        #expect(drain(&queue) == ["f", "dropped 1"])
    }

    @Test("stays within its limits during random operations", arguments: 0..<8 as Range<UInt64>)
    func bounds(seed: UInt64) {
        var queue = makeQueue(lines: 8, bytes: 64)
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func random(_ limit: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % limit)
        }
        var (appended, written) = (0, 0)
        for _ in 0..<2_000 {
            if random(3) > 0 {
                queue.append([UInt8](repeating: 120, count: random(20)))
                appended += 1
            } else if let item = queue.next() {
                let isWritten = random(4) > 0
                if isWritten, item.reported == 0 { written += 1 }
                queue.finish(item, isWritten: isWritten)
            }
            // A report is at most as long as one line.
            #expect(queue.count <= 9 && queue.byteCount <= 64 + 12)
        }
        var waiting = 0
        while let item = queue.next() {
            if item.reported == 0 { waiting += 1 }
            queue.finish(item, isWritten: true)
        }
        #expect(written + waiting + queue.dropped == appended)
    }
}
