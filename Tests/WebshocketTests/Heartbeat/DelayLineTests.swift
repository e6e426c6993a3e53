import EventLoops
import Testing
import Webshocket

@Suite("Delay lines", .timeLimit(.minutes(5)))
struct DelayLineTests {
    /// Records its number when its delay ends.
    private final class Waiter: Delayed {
        private let end: () -> Void

        init(_ end: @escaping () -> Void) { self.end = end }

        func delayDidEnd() { end() }
    }

    private func withLoop(_ body: (EventLoop) async -> Void) async {
        let group = EventLoopGroup(loops: 1, name: "delays")
        await body(group.loops[0])
        await group.shutdown()
    }

    @Test("delays end in order and not early, and cancelled delays do not end")
    func order() async {
        await withLoop { loop in
            let start = ContinuousClock.now
            let numbers = await withCheckedContinuation { (done: CheckedContinuation<[Int], Never>) in
                loop.execute {
                    let ended = Locked<[Int]>([])
                    let lines = DelayLines.of(loop)
                    for number in 0..<1_000 {
                        let waiter = Waiter {
                            ended.withLock { $0.append(number) }
                            if number == 998 { done.resume(returning: ended.withLock { $0 }) }
                        }
                        let place = lines.wait(waiter, for: .milliseconds(20))
                        if number % 2 == 1 { place.giveUp() }
                    }
                }
            }
            #expect(numbers == (0..<500).map { $0 * 2 })
            #expect(ContinuousClock.now - start >= .milliseconds(20))
        }
    }

    @Test("a line has one timer regardless of the number of delays, and none when all are cancelled")
    func timers() async {
        await withLoop { loop in
            let counts = await loop.run {
                let lines = DelayLines.of(loop)
                let places = (0..<10_000).map { number in
                    lines.wait(Waiter {}, for: .seconds(number % 2 == 0 ? 3_600 : 7_200))
                }
                let counts = [loop.timerCount, lines.counts.waits, lines.counts.lines]
                for place in places { place.giveUp() }
                return counts + [loop.timerCount, lines.counts.waits, lines.counts.lines]
            }
            #expect(counts == [2, 10_000, 2, 0, 0, 0])
        }
    }

    @Test("a delay can be started again when it ends")
    func again() async {
        await withLoop { loop in
            let times = await withCheckedContinuation { (done: CheckedContinuation<Int, Never>) in
                loop.execute { Again(loop, times: 20, done).wait() }
            }
            #expect(times == 20)
        }
    }

    private final class Again: Delayed {
        private let loop: EventLoop
        private let times: Int
        private let done: CheckedContinuation<Int, Never>
        private var ends = 0

        init(_ loop: EventLoop, times: Int, _ done: CheckedContinuation<Int, Never>) {
            self.loop = loop
            self.times = times
            self.done = done
        }

        func wait() { _ = DelayLines.of(loop).wait(self, for: .milliseconds(1)) }

        func delayDidEnd() {
            ends += 1
            if ends == times { done.resume(returning: ends) } else { wait() }
        }
    }
}
