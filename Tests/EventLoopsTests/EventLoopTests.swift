import EventLoops
import OwnProcesses
import Testing

@Suite("An event loop", .timeLimit(.minutes(5)))
struct EventLoopTests {
    private func withLoop(_ body: (EventLoop) async throws -> Void) async rethrows {
        let group = EventLoopGroup(loops: 1, name: "loop")
        try await body(group.loops[0])
        await group.shutdown()
    }

    @Test("is current on its own thread only")
    func current() async {
        let group = EventLoopGroup(loops: 2, name: "loop")
        let (one, other) = (group.loops[0], group.loops[1])
        #expect(!one.isCurrent && EventLoop.current == nil)
        #expect(await one.run { one.isCurrent && !other.isCurrent && EventLoop.current === one })
        #expect(await other.run { EventLoop.current === other })
        await group.shutdown()
    }

    @Test("runs work from one thread in order", arguments: [1, 10_000])
    func order(count: Int) async {
        await withLoop { loop in
            let seen = Locked<[Int]>([])
            for index in 0..<count { loop.execute { seen.withLock { $0.append(index) } } }
            await loop.run {}
            #expect(seen.withLock { $0 } == Array(0..<count))
        }
    }

    @Test("runs work that it queues itself after the work that was queued before")
    func localOrder() async {
        await withLoop { loop in
            let seen = Locked<[Int]>([])
            await withCheckedContinuation { done in
                loop.execute {
                    for index in 0..<2_000 {
                        loop.execute {
                            seen.withLock { $0.append(index) }
                            if index == 1_999 { done.resume() }
                        }
                    }
                    seen.withLock { $0.append(-1) }
                }
            }
            #expect(seen.withLock { $0 } == [-1] + Array(0..<2_000))
        }
    }

    @Test("resumes tasks that prefer it after each suspension")
    func comesBack() async {
        await withLoop { loop in
            let isHome = await Task(executorPreference: loop) {
                var isHome = loop.isCurrent
                await Task.yield()
                isHome = isHome && loop.isCurrent
                try? await Task.sleep(for: .milliseconds(1))
                isHome = isHome && loop.isCurrent
                async let child = loop.isCurrent
                let childIsHome = await child
                return isHome && childIsHome && loop.isCurrent
            }.value
            #expect(isHome)
        }
    }

    @Test("starts an immediate task synchronously, and resumes it after a suspension")
    func immediate() async {
        await withLoop { loop in
            let task = await loop.run {
                let steps = Locked<[String]>([])
                let task = Task.immediate(executorPreference: loop) {
                    steps.withLock { $0.append("in the task") }
                    await Task.yield()
                    return loop.isCurrent
                }
                steps.withLock { $0.append("after it") }
                #expect(steps.withLock { $0 } == ["in the task", "after it"])
                return task
            }
            #expect(await task.value)
        }
    }

    @Test("polls its descriptors while a task keeps yielding")
    func fairness() async throws {
        try await withServer(delegate: Recorder.echo) { listener, _, loop in
            let busy = Task(executorPreference: loop) {
                while !Task.isCancelled { await Task.yield() }
            }
            let peer = try await Peer.connect(to: listener.localAddress, on: loop)
            await peer.send([1, 2, 3])
            await peer.recorder.wait { $0.received == [1, 2, 3] }
            busy.cancel()
            await busy.value
        }
    }

    @Test("runs work that was queued before bytes were sent, before it delivers the bytes")
    func mailBeforeBytes() async throws {
        let events = Locked<[String]>([])
        let reading = Recorder(onRead: { _, _ in events.withLock { $0.append("read") } })
        try await withServer(delegate: { reading }) { listener, accepted, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            let server = try await accepted.next()
            let blocked = BlockedLoop(server.loop)
            await blocked.entered()
            // The first byte makes the socket ready before the wake-up, so the poll reports the socket first.
            await client.send([1])
            server.loop.execute { events.withLock { $0.append("job") } }
            await client.send([2])
            blocked.open()
            await reading.wait { $0.received == [1, 2] }
        }
        #expect(events.withLock { $0 } == ["job", "read"])
    }

    @Test("has a single object of each class")
    func locals() async {
        await withLoop { loop in
            let isOne = await loop.run { loop.local { _ in Box(1) } === loop.local { _ in Box(2) } }
            #expect(isOne)
            #expect(await loop.run { loop.local { _ in Box("a") }.content } == "a")
        }
    }

    @Test("fires timers in the order of their deadlines, never early, and not after they were cancelled")
    func timers() async {
        await withLoop { loop in
            let start = ContinuousClock.now
            let fired = await withCheckedContinuation { (done: CheckedContinuation<[Int], Never>) in
                loop.execute {
                    let fired = LoopBound(Box<[Int]>([]), loop: loop)
                    for delay in [20, 5, 10] {
                        loop.schedule(after: .milliseconds(delay)) { fired.value.content.append(delay) }
                    }
                    let cancelled = loop.schedule(after: .milliseconds(7)) { fired.value.content.append(7) }
                    loop.cancel(cancelled)
                    loop.cancel(cancelled)
                    loop.schedule(after: .milliseconds(30)) { done.resume(returning: fired.value.content) }
                }
            }
            #expect(fired == [5, 10, 20])
            #expect(ContinuousClock.now - start >= .milliseconds(30))
        }
    }

    @Test("sets its alarm earlier for a timer with an earlier deadline")
    func soonerTimer() async {
        await withLoop { loop in
            await withCheckedContinuation { done in
                loop.execute {
                    loop.schedule(after: .seconds(3_600)) {}
                    loop.execute { loop.schedule(after: .zero) { done.resume() } }
                }
            }
        }
    }

    @Test("returns the same time within a turn, and a later time in the next")
    func clock() async {
        await withLoop { loop in
            let isStill = await loop.run { loop.now == loop.now }
            let before = await loop.run { loop.now }
            let after = await loop.run { loop.now }
            #expect(isStill && before < after)
        }
    }

    @Test("allows access to a bound value on its loop")
    func bound() async {
        await withLoop { loop in
            let box = LoopBound(Box(41), loop: loop)
            #expect(
                await loop.run {
                    box.value.content += 1; return box.value.content
                } == 42)
        }
    }

    @Test("traps if a bound value is accessed on another thread")
    func boundElsewhere() async {
        await #expect(processExitsWith: .failure) {
            OwnProcess.end(afterSeconds: 280, successfully: true)
            let box = LoopBound(Box(1), loop: EventLoopGroup.shared.next())
            print(box.value.content)
        }
    }
}

/// A mutable value with reference semantics.
final class Box<Content> {
    var content: Content

    init(_ content: Content) { self.content = content }
}
