import EventLoops
import Testing

@Suite("A manual clock", .timeLimit(.minutes(5)))
struct ManualClockTests {
    /// Loops with a manual clock, and the notes that their jobs have taken.
    private final class World: Sendable {
        let clock = ManualClock(wallStart: WallTime(seconds: 100, nanoseconds: 999_999_999))
        let group: EventLoopGroup
        let notes = Locked<[String]>([])

        init(loops: Int = 2) { group = EventLoopGroup(loops: loops, name: "manual", clock: .manual(clock)) }

        func note(_ text: String) { notes.withLock { $0.append(text) } }

        func schedule(_ text: String, after time: Duration, on loop: Int = 0) async {
            await group.loops[loop].run { [self] in
                _ = group.loops[loop].schedule(after: time) { [self] in note(text) }
            }
        }
    }

    @Test("stands still until it is advanced")
    func standstill() async {
        let world = World()
        let start = world.clock.now
        await world.clock.advance(by: .milliseconds(1_500))
        #expect(world.clock.now - start == .milliseconds(1_500))
        #expect(world.clock.wallTime == WallTime(seconds: 102, nanoseconds: 499_999_999))
        #expect(await world.group.loops[0].run { world.group.loops[0].now } == world.clock.now)
        await world.group.shutdown()
    }

    @Test("runs the timers of all loops in the order of their times")
    func order() async {
        let world = World()
        await world.schedule("third", after: .seconds(3), on: 0)
        await world.schedule("first", after: .seconds(1), on: 1)
        await world.schedule("second", after: .seconds(2), on: 0)
        await world.schedule("never", after: .seconds(10), on: 1)
        await world.clock.advance(by: .milliseconds(999))
        #expect(world.notes.withLock { $0 } == [])
        await world.clock.advance(by: .seconds(5))
        #expect(world.notes.withLock { $0 } == ["first", "second", "third"])
        await world.group.shutdown()
    }

    @Test("stops at timers that are scheduled on the way, and shows them their time")
    func chain() async {
        let world = World(loops: 1)
        let loop = world.group.loops[0]
        let start = world.clock.now
        @Sendable func tick(_ count: Int) {
            world.note("\((loop.now - start).components.seconds)")
            if count > 1 { loop.schedule(after: .seconds(60)) { tick(count - 1) } }
        }
        await loop.run { _ = loop.schedule(after: .seconds(60)) { tick(3) } }
        await world.clock.advance(by: .seconds(3_600))
        #expect(world.notes.withLock { $0 } == ["60", "120", "180"])
        await world.group.shutdown()
    }

    @Test("waits for jobs that loops pass to each other, and for work on other threads")
    func idleness() async {
        let world = World()
        let (one, two) = (world.group.loops[0], world.group.loops[1])
        @Sendable func pass(_ left: Int) {
            guard left > 0 else { return world.note("passed") }
            (left.isMultiple(of: 2) ? one : two).execute { pass(left - 1) }
        }
        pass(1_000)
        one.execute { one.aside({ (0..<1_000_000).reduce(0, ^) }, then: { _ in pass(1_000) }) }
        await world.clock.runUntilIdle()
        #expect(world.notes.withLock { $0 } == ["passed", "passed"])
        await world.group.shutdown()
    }

    @Test("wakes sleeping tasks, and fails them if they are cancelled or the loop ends")
    func sleep() async throws {
        let world = World(loops: 1)
        let loop = world.group.loops[0]
        let start = world.clock.now
        @Sendable func sleeper(_ time: Duration) -> Task<Duration, any Error> {
            Task.immediate(executorPreference: loop) {
                try await loop.sleep(until: start + time)
                return loop.now - start
            }
        }
        let due = sleeper(.seconds(5))
        let past = sleeper(.seconds(-5))
        let cancelled = sleeper(.seconds(10))
        let early = sleeper(.seconds(10))
        early.cancel()
        let last = sleeper(.seconds(60))
        await world.clock.advance(by: .seconds(6))
        #expect(try await due.value == .seconds(5))
        #expect(try await past.value == .zero)
        cancelled.cancel()
        for task in [cancelled, early] { await #expect(throws: CancellationError.self) { try await task.value } }
        await world.group.shutdown()
        await #expect(throws: CancellationError.self) { try await last.value }
        await #expect(throws: CancellationError.self) { try await loop.sleep(until: start + .seconds(60)) }
    }
}
