import Bytes
import EventLoops
import FaultyNetwork
import Testing

@Suite("The faulty proxy", .timeLimit(.minutes(5)))
struct FaultyProxyTests {
    /// A socket delegate that records received bytes and, if `echoes` is set, sends them back.
    fileprivate final class End: TransportDelegate, Sendable {
        struct State {
            var received: [UInt8] = []
            var reads = 0
            var isClosed = false
            var hasEnded = false
            var error: SocketError?
        }

        let state = Locked(State())
        let echoes: Bool

        init(echoes: Bool = false) { self.echoes = echoes }

        func wait(until condition: (State) -> Bool) async {
            while !condition(state.withLock { $0 }) {
                guard (try? await Task.sleep(for: .milliseconds(2))) != nil else { return }
            }
        }

        func transport(_ socket: Transport, didRead bytes: UnsafeMutableRawBufferPointer) {
            state.withLock {
                $0.received += bytes
                $0.reads += 1
            }
            guard echoes else { return }
            socket.outbox.append(contentsOf: UnsafeRawBufferPointer(bytes))
            socket.setNeedsFlush()
        }

        func transportDidDrain(_ socket: Transport) {}
        func transportPeerDidEnd(_ socket: Transport) {}

        func transportDidReachEnd(_ socket: Transport) {
            state.withLock { $0.hasEnded = true }
            socket.closeAfterFlush()
        }

        func transportDidClose(_ socket: Transport, error: SocketError?) {
            state.withLock {
                $0.isClosed = true
                $0.error = error
            }
        }
    }

    /// The connections that the server has accepted.
    private final class Accepted: Sendable {
        let ends = Locked<[End]>([])
    }

    /// A client connection to the proxy.
    fileprivate struct Client {
        let end = End()
        let socket: LoopBound<Socket>

        init(to proxy: FaultyProxy, on loop: EventLoop) async throws {
            socket = try await Socket.connect(
                to: .tcp(host: "127.0.0.1", port: UInt16(proxy.port)), on: loop, timeout: .seconds(10)
            ) { [end] socket in
                socket.start(delegate: end)
                return LoopBound(socket, loop: loop)
            }
        }

        func send(_ bytes: [UInt8]) {
            socket.loop.execute { [socket] in
                socket.value.outbox.append(contentsOf: bytes)
                socket.value.setNeedsFlush()
            }
        }

        func close() { socket.loop.execute { [socket] in socket.value.closeAfterFlush() } }
    }

    /// Starts a server with a proxy in front of it, and passes the proxy, an event loop for clients, and the server's
    /// connections to the body.
    private func withProxy(
        echoes: Bool = true, _ body: (FaultyProxy, EventLoop, _ accepted: Accepted) async throws -> Void
    ) async throws {
        let group = EventLoopGroup(loops: 2, name: "proxy-tests")
        let accepted = Accepted()
        let listener = try await Listener.listen(on: .tcp(host: "127.0.0.1", port: 0), loops: [group.loops[0]]) {
            let end = End(echoes: echoes)
            accepted.ends.withLock { $0.append(end) }
            $0.start(delegate: end)
        }
        let proxy = try await FaultyProxy.start(
            to: .tcp(host: "127.0.0.1", port: listener.localAddress.port ?? 0))
        try await body(proxy, group.loops[1], accepted)
        #expect(await proxy.stop().open == 0)
        await listener.close()
        await group.shutdown()
    }

    private static let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    @Test(
        "forwards all bytes in order, with and without faults",
        arguments: [nil, .pieces(of: 1_000), .latency(.milliseconds(20))] as [Fault?])
    func forwards(fault: Fault?) async throws {
        try await withProxy { proxy, loop, _ in
            if let fault { await proxy.inflict(fault) }
            let client = try await Client(to: proxy, on: loop)
            client.send(Self.bytes)
            await client.end.wait { $0.received.count >= Self.bytes.count || $0.isClosed }
            #expect(client.end.state.withLock { $0.received } == Self.bytes)
            let counts = await proxy.counts
            #expect(counts.open == 1 && counts.accepted == 1)
            client.close()
            await client.end.wait { $0.isClosed }
            while await proxy.counts.open > 0 { try await Task.sleep(for: .milliseconds(2)) }
            #expect(await proxy.counts.bytes == 2 * Self.bytes.count)
        }
    }

    @Test("delays bytes by its latency")
    func latency() async throws {
        try await withProxy { proxy, loop, _ in
            await proxy.inflict(.latency(.milliseconds(30)))
            let client = try await Client(to: proxy, on: loop)
            let start = ContinuousClock.now
            client.send([1])
            await client.end.wait { !$0.received.isEmpty }
            #expect(ContinuousClock.now - start >= .milliseconds(60))
        }
    }

    @Test("cuts a connection with a reset, or ends it normally after pending bytes")
    func cuts() async throws {
        try await withProxy { proxy, loop, accepted in
            let (first, second) = (try await Client(to: proxy, on: loop), try await Client(to: proxy, on: loop))
            for client in [first, second] {
                client.send([1])
                await client.end.wait { !$0.received.isEmpty }
            }
            await proxy.inflict(.end, on: .one(at: 0))
            await first.end.wait { $0.isClosed }
            #expect(first.end.state.withLock { $0.hasEnded && $0.error == nil })
            #expect(second.end.state.withLock { !$0.isClosed })
            await proxy.cutAll()
            await second.end.wait { $0.isClosed }
            #expect(second.end.state.withLock { $0.error?.code } == .connectionReset)
            for end in accepted.ends.withLock({ $0 }) { await end.wait { $0.isClosed } }
            #expect(await proxy.counts.cut >= 2)
        }
    }

    @Test("forwards nothing during a stall in any direction, and everything after it", arguments: Direction.allCases)
    func stalls(direction: Direction) async throws {
        try await withProxy { proxy, loop, accepted in
            let client = try await Client(to: proxy, on: loop)
            client.send([1])
            await client.end.wait { $0.received == [1] }
            let server = try #require(accepted.ends.withLock { $0.first })
            let start = ContinuousClock.now
            await proxy.stall(for: .milliseconds(200), direction)
            client.send([2])
            if direction == .toClient { await server.wait { $0.received == [1, 2] } }
            await client.end.wait { $0.received == [1, 2] }
            #expect(ContinuousClock.now - start >= .milliseconds(200))
            #expect(await proxy.counts.stalled == 1)
        }
    }

    @Test("resets new connections while it refuses, and none afterwards")
    func refuses() async throws {
        try await withProxy { proxy, loop, _ in
            await proxy.refuse(for: .seconds(3_600))
            // The reset may arrive before or after the client knows that the connection is open.
            if let refused = try? await Client(to: proxy, on: loop) { await refused.end.wait { $0.isClosed } }
            await proxy.refuse(for: .zero)
            let client = try await Client(to: proxy, on: loop)
            client.send([1])
            await client.end.wait { $0.received == [1] }
            #expect(await proxy.counts.refused == 1)
        }
    }

    @Test("applies backpressure: stops reading from one side if the other side does not read")
    func backPressure() async throws {
        try await withProxy(echoes: false) { proxy, loop, accepted in
            let client = try await Client(to: proxy, on: loop)
            client.send([1])
            while accepted.ends.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(2)) }
            // The server may accept a connection before the proxy forwards on it.
            let server = try #require(accepted.ends.withLock { $0.first })
            await server.wait { $0.received == [1] }
            await proxy.stall(for: .seconds(3_600), .toServer)
            // More than the buffers of the system can hold.
            client.send([UInt8](repeating: 0, count: 32_000_000))
            let queued = await withCheckedContinuation { continuation in
                loop.execute {
                    loop.schedule(after: .milliseconds(100)) { continuation.resume(returning: client.queued) }
                }
            }
            #expect(queued > 1_000_000)
        }
    }

    @Test("has the same faults for the same seed, and different faults for another seed")
    func seeds() {
        func entries(_ seed: UInt64) -> [FaultSchedule.Entry] {
            var schedule = FaultSchedule(seed: seed, perSecond: 5, longestStall: .seconds(3))
            return (0..<200).map { _ in schedule.next() }
        }
        #expect(entries(1) == entries(1) && entries(1) != entries(2))
        let time = entries(3).reduce(Duration.zero) { $0 + $1.wait }
        #expect((.seconds(30) ... .seconds(50)).contains(time))
        var numbers = SplitMix(seed: 0)
        #expect(numbers.next() == 0xE220_A839_7B1D_CDAF)
    }
}

extension FaultyProxyTests.Client {
    fileprivate var queued: Int { socket.value.queuedBytes }
}
