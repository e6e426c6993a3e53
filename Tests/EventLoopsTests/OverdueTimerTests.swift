import Bytes
import Certificates
import Dispatch
import EventLoops
import Foundation
import Testing

/// Tests of timers that become due, and bytes that arrive, while the loop is blocked.
///
/// Each test blocks the loop twice. The first job sets a timer, so the alarm is set before the next poll. In that poll,
/// a second job blocks the loop until the deadline has passed and the kernel has received the peer's bytes. The next
/// turn finds both, so their order depends on the loop only.
@Suite("An overdue timer", .timeLimit(.minutes(5)))
struct OverdueTimerTests {
    @Test("runs after the delivery of bytes that have already arrived")
    func bytes() async throws {
        let events = Locked<[String]>([])
        let reading = Recorder(onRead: { _, _ in events.withLock { $0.append("read") } })
        try await withServer(delegate: { reading }) { listener, accepted, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            let server = try await accepted.next()
            await HeldUp(server.loop).run(
                setting: { events.withLock { $0.append("timer") } }, arriving: { await client.send([1]) })
            await reading.wait { $0.received == [1] }
        }
        #expect(events.withLock { $0 } == ["read", "timer"])
    }

    @Test(
        "runs after the delivery of bytes that have already arrived over TLS",
        .enabled(if: TestCertificates.areMade, Comment(rawValue: TestCertificates.absence)))
    func sealedBytes() async throws {
        let events = Locked<[String]>([])
        let reading = Recorder(onRead: { _, _ in events.withLock { $0.append("read") } })
        try await SecurePair.with(serverRecorder: reading) { pair in
            await pair.client.send([0])
            await reading.wait { $0.received == [0] }
            // The recorder notes the bytes before it calls `onRead`.
            await pair.server.run { _ in }
            events.withLock { $0 = [] }
            await HeldUp(pair.server.loop).run(
                setting: { events.withLock { $0.append("timer") } }, arriving: { await pair.client.send([1]) })
            await reading.wait { $0.received == [0, 1] }
        }
        #expect(events.withLock { $0 } == ["read", "timer"])
    }

    @Test("runs after the delivery of a connection's end that has already arrived")
    func end() async throws {
        let events = Locked<[String]>([])
        let reading = Recorder(onEnd: { socket in
            events.withLock { $0.append("end") }
            socket.close()
        })
        try await withServer(delegate: { reading }) { listener, accepted, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            let server = try await accepted.next()
            await HeldUp(server.loop).run(
                setting: { events.withLock { $0.append("timer") } }, arriving: { await client.close() })
            await reading.wait { $0.closes > 0 }
        }
        #expect(events.withLock { $0 } == ["end", "timer"])
    }

    @Test("runs after a task that waits for bytes that have arrived")
    func task() async throws {
        let events = Locked<[String]>([])
        let arrival = AsyncStream.makeStream(of: Void.self)
        let reading = Recorder(onRead: { _, _ in arrival.continuation.yield() })
        try await withServer(delegate: { reading }) { listener, accepted, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            let server = try await accepted.next()
            let task = Task(executorPreference: server.loop) { @Sendable [stream = arrival.stream] in
                for await _ in stream {
                    events.withLock { $0.append("task") }
                    break
                }
            }
            // When the loop has run this, the task waits for the stream.
            await server.loop.run {}
            await HeldUp(server.loop).run(
                setting: { events.withLock { $0.append("timer") } }, arriving: { await client.send([1]) })
            await task.value
        }
        #expect(events.withLock { $0 } == ["task", "timer"])
    }

    @Test("runs after a pending connection is accepted")
    func connection() async throws {
        let events = Locked<[String]>([])
        let group = EventLoopGroup(loops: 1, name: "server")
        let clients = EventLoopGroup(loops: 1, name: "client")
        let listener = try await Listener.listen(on: .tcp(host: "127.0.0.1", port: 0), loops: group.loops) { socket in
            events.withLock { $0.append("accept") }
            socket.close()
        }
        await HeldUp(group.loops[0]).run(
            setting: { events.withLock { $0.append("timer") } },
            arriving: { _ = try? await Peer.connect(to: listener.localAddress, on: clients.loops[0]) })
        await group.loops[0].run {}
        await listener.close()
        await clients.shutdown()
        await group.shutdown()
        #expect(events.withLock { $0 } == ["accept", "timer"])
    }

    @Test("runs after the delivery of bytes that have arrived while the previous timer ran")
    func timerThatHoldsTheLoop() async throws {
        let events = Locked<[String]>([])
        let reading = Recorder(onRead: { _, _ in events.withLock { $0.append("read") } })
        try await withServer(delegate: { reading }) { listener, accepted, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            let server = try await accepted.next()
            let gate = DispatchSemaphore(value: 0)
            let isIn = AsyncStream.makeStream(of: Void.self)
            let done = AsyncStream.makeStream(of: Void.self)
            let serverLoop = server.loop
            // Both timers are due when the first one runs.
            serverLoop.execute {
                serverLoop.schedule(after: .zero) {
                    isIn.continuation.yield()
                    gate.wait()
                }
                serverLoop.schedule(after: .zero) {
                    events.withLock { $0.append("timer") }
                    done.continuation.yield()
                }
            }
            await isIn.stream.first()
            await client.send([1])
            gate.signal()
            await done.stream.first()
        }
        #expect(events.withLock { $0 } == ["read", "timer"])
    }
}

@Suite("A connection attempt whose deadline passed while the loop was blocked", .timeLimit(.minutes(5)))
struct OverdueConnectTests {
    @Test("uses the address that accepts, after another one has refused the connection")
    func refusedThenOpen() async throws {
        try await withServer { listener, _, loop in
            let closed = try await Listener.listen(on: .tcp(host: "127.0.0.1", port: 0), loops: [loop]) { $0.close() }
            await closed.close()
            let isIn = AsyncStream.makeStream(of: Void.self)
            let connected = AsyncStream.makeStream(of: Bool.self)
            loop.execute {
                Socket.connect(
                    toFirstOf: [closed.localAddress, listener.localAddress], on: loop, timeout: .milliseconds(1)
                ) { result in
                    switch result {
                    case .success(let socket):
                        socket.close()
                        connected.continuation.yield(true)
                    case .failure: connected.continuation.yield(false)
                    }
                }
                // This runs in the same turn, after the attempt has started.
                loop.execute {
                    isIn.continuation.yield()
                    HeldUp.wait(until: .now + .milliseconds(2))
                }
            }
            for await isConnected in connected.stream {
                #expect(isConnected)
                break
            }
        }
    }
}

/// Blocks a loop while one of its timers becomes overdue.
private struct HeldUp {
    let loop: EventLoop

    init(_ loop: EventLoop) { self.loop = loop }

    /// Sets a timer, blocks the loop until the timer is overdue, and waits until it has run.
    /// - Parameters:
    ///   - timer: The action of the timer.
    ///   - arrive: Called while the loop is blocked. It must return when the kernel has received the bytes.
    func run(setting timer: @escaping @Sendable () -> Void, arriving arrive: @Sendable () async -> Void) async {
        let delay = Duration.milliseconds(1)
        let done = AsyncStream.makeStream(of: Void.self)
        let first = DispatchSemaphore(value: 0)
        let second = DispatchSemaphore(value: 0)
        let isIn = AsyncStream.makeStream(of: Void.self)
        let loop = loop
        loop.execute {
            loop.schedule(after: delay) {
                timer()
                done.continuation.yield()
            }
            isIn.continuation.yield()
            first.wait()
        }
        await isIn.stream.first()
        // Queued before the loop polls again, so that poll returns immediately and the loop runs it.
        loop.execute {
            isIn.continuation.yield()
            second.wait()
            Self.wait(until: .now + delay * 2)
        }
        first.signal()
        await isIn.stream.first()
        await arrive()
        second.signal()
        await done.stream.first()
    }

    /// Blocks the thread until a time is reached, on both the `ContinuousClock` and the clock of libuv's timers.
    static func wait(until time: ContinuousClock.Instant) {
        let suspending = SuspendingClock.now + (time - .now) + .milliseconds(2)
        while ContinuousClock.now < time || SuspendingClock.now < suspending { Thread.sleep(forTimeInterval: 0.000_5) }
    }
}

extension AsyncStream {
    fileprivate func first() async {
        for await _ in self { return }
    }
}
