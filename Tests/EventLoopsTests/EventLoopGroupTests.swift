import EventLoops
import Testing

@Suite("A group of event loops", .timeLimit(.minutes(5)))
struct EventLoopGroupTests {
    @Test("returns its loops in rotation")
    func turns() async {
        let group = EventLoopGroup(loops: 3, name: "group")
        let given = (0..<7).map { _ in group.next() }
        #expect(zip(given, group.loops + group.loops + group.loops).allSatisfy { $0 === $1 })
        await group.shutdown()
    }

    @Test("runs queued work before it ends")
    func runsRemaining() async {
        let group = EventLoopGroup(loops: 2, name: "group")
        let count = Locked(0)
        for _ in 0..<1_000 { group.next().execute { count.withLock { $0 += 1 } } }
        await group.shutdown()
        #expect(count.withLock { $0 } == 1_000)
    }

    @Test("can be shut down twice, and by several tasks at the same time")
    func idempotent() async {
        let group = EventLoopGroup(loops: 2, name: "group")
        await withTaskGroup { tasks in
            for _ in 0..<4 { tasks.addTask { await group.shutdown() } }
        }
        await group.shutdown()
    }

    @Test("can be shut down by a task on one of its loops, which continues on the stand-in")
    func fromWithin() async {
        let group = EventLoopGroup(loops: 2, name: "group")
        let loop = group.loops[0]
        let isHome = await Task(executorPreference: loop) {
            await group.shutdown()
            await Task.yield()
            return loop.isCurrent
        }.value
        #expect(isHome)
    }

    @Test("runs work that arrives after its end, in order")
    func afterTheEnd() async {
        let group = EventLoopGroup(loops: 1, name: "group")
        await group.shutdown()
        let loop = group.loops[0]
        let seen = Locked<[Int]>([])
        for index in 0..<1_000 {
            loop.execute {
                #expect(loop.isCurrent)
                seen.withLock { $0.append(index) }
            }
        }
        await loop.run {}
        #expect(seen.withLock { $0 } == Array(0..<1_000))
    }

    @Test("keeps running a task that outlives all references to the group")
    func outlived() async {
        let task: Task<Bool, Never>
        do {
            let group = EventLoopGroup(loops: 1, name: "group")
            let loop = group.loops[0]
            task = Task(executorPreference: loop) { [weak loop] in
                for _ in 0..<20 { try? await Task.sleep(for: .milliseconds(1)) }
                return loop?.isCurrent ?? false
            }
        }
        #expect(await task.value)
    }

    @Test("releases its timers and their captures when it ends")
    func dropsTimers() async {
        let group = EventLoopGroup(loops: 1, name: "group")
        let loop = group.loops[0]
        let dropped = Locked(0)
        await loop.run {
            let sentinel = Sentinel { dropped.withLock { $0 += 1 } }
            loop.schedule(after: .seconds(3_600)) { withExtendedLifetime(sentinel) {} }
        }
        await group.shutdown()
        #expect(dropped.withLock { $0 } == 1)
        await loop.run {
            let sentinel = Sentinel { dropped.withLock { $0 += 1 } }
            let token = loop.schedule(after: .zero) { withExtendedLifetime(sentinel) {} }
            loop.cancel(token)
        }
        await loop.run {}
        #expect(dropped.withLock { $0 } == 2)
    }

    @Test("ends even if one of its tasks never stops yielding")
    func endsUnderLoad() async {
        let group = EventLoopGroup(loops: 1, name: "group")
        let busy = Task(executorPreference: group.loops[0]) {
            while !Task.isCancelled { await Task.yield() }
        }
        await group.shutdown()
        busy.cancel()
        await busy.value
    }

    @Test("closes its sockets when it ends")
    func closesSockets() async throws {
        let server = EventLoopGroup(loops: 1, name: "server")
        let client = EventLoopGroup(loops: 1, name: "client")
        let accepted = Accepted()
        let listener = try await Listener.listen(on: .tcp(host: "127.0.0.1", port: 0), loops: server.loops) {
            accepted.add(Peer($0))
        }
        let peer = try await Peer.connect(to: listener.localAddress, on: client.loops[0])
        let served = try await accepted.next()
        await server.shutdown()
        #expect(served.recorder.record.closes == 1)
        #expect(served.recorder.record.error?.code == .cancelled)
        await peer.recorder.wait { $0.ends == 1 || $0.closes == 1 }
        await listener.close()
        await client.shutdown()
    }

    @Test("ends when its last reference is released, even on one of its own loops")
    func released() async {
        let hasEnded = Locked<CheckedContinuation<Void, Never>?>(nil)
        await withCheckedContinuation { continuation in
            hasEnded.withLock { $0 = continuation }
            let group = EventLoopGroup(loops: 1, name: "group")
            let sentinel = Sentinel { hasEnded.withLock { $0.take() }?.resume() }
            group.loops[0].execute {
                // When the loop ends, it releases its timers and their captures.
                group.loops[0].schedule(after: .seconds(3_600)) { withExtendedLifetime(sentinel) {} }
            }
        }
    }

    @Test("is never shut down if it is the shared group")
    func shared() async {
        await EventLoopGroup.shared.shutdown()
        #expect(await EventLoopGroup.shared.next().run { true })
    }
}

/// Calls a closure when its last reference is released.
final class Sentinel: Sendable {
    private let onDeinit: @Sendable () -> Void

    init(onDeinit: @escaping @Sendable () -> Void) { self.onDeinit = onDeinit }

    deinit { onDeinit() }
}
