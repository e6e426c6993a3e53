import Foundation
import Testing

import EventLoops

@Suite("The log line writer", .timeLimit(.minutes(5)))
struct LineWriterTests {
    /// A stream that blocks writers until it is opened.
    private final class Stream: @unchecked Sendable {
        private let condition = NSCondition()
        private var isOpen = false
        private var lines: [String] = []

        func write(_ line: [UInt8]) -> Bool {
            condition.withLock {
                while !isOpen { condition.wait() }
                lines.append(String(decoding: line, as: UTF8.self))
                condition.broadcast()
                return true
            }
        }

        func open() {
            condition.withLock {
                isOpen = true
                condition.broadcast()
            }
        }

        func wait(until isEnough: @escaping @Sendable ([String]) -> Bool) async -> [String] {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread { [self] in
                    condition.withLock {
                        while !isEnough(lines) { condition.wait() }
                        continuation.resume(returning: lines)
                    }
                }
            }
        }
    }

    private func writer(_ stream: Stream, lines: Int) -> LineWriter {
        LineWriter(LineQueue(limits: LineQueue.Limits(lines: lines)) { Array("dropped \($0)".utf8) }) {
            stream.write($0)
        }
    }

    @Test("never blocks while the stream is stalled, drops lines that do not fit, and reports them at their position")
    func stalled() async {
        let stream = Stream()
        let writer = writer(stream, lines: 16)
        for number in 0..<1_000 { writer.append(Array("\(number)".utf8)) }
        // The writer's thread has taken one line or none.
        let dropped = writer.dropped
        #expect(dropped == 983 || dropped == 984)
        stream.open()
        let lines = await stream.wait { $0.last?.hasPrefix("dropped") == true }
        #expect(lines == (0..<1_000 - dropped).map(String.init) + ["dropped \(dropped)"])
        writer.append(Array("next".utf8))
        #expect(await stream.wait { $0.last == "next" }.count == lines.count + 1)
    }

    @Test("keeps the order of each thread's lines")
    func threads() async {
        let stream = Stream()
        stream.open()
        let writer = writer(stream, lines: 10_000)
        await withTaskGroup(of: Void.self) { group in
            for name in ["a", "b", "c"] {
                group.addTask { for number in 0..<500 { writer.append(Array("\(name) \(number)".utf8)) } }
            }
        }
        let lines = await stream.wait { $0.count == 1_500 }
        for name in ["a", "b", "c"] {
            #expect(lines.filter { $0.hasPrefix(name) } == (0..<500).map { "\(name) \($0)" })
        }
    }

    @Test("keeps the order of lines that a flush writes itself, beside the writer's thread")
    func sharedFlush() async {
        let stream = Stream()
        stream.open()
        let writer = LineWriter(
            LineQueue(limits: LineQueue.Limits(lines: 10_000)) { Array("dropped \($0)".utf8) },
            write: { stream.write($0) }, isWritable: { true })
        for number in 0..<1_000 { writer.append(Array("\(number)".utf8)) }
        writer.flush(within: 1_000_000)
        #expect(await stream.wait { _ in true } == (0..<1_000).map(String.init))
    }

    @Test("limits the time of a flush if the stream is stalled")
    func flush() async {
        let stream = Stream()
        let writer = writer(stream, lines: 16)
        writer.append([120])
        writer.flush(within: 5)
        stream.open()
        writer.flush(within: 1_000_000)
        #expect(await stream.wait { _ in true } == ["x"])
    }
}
