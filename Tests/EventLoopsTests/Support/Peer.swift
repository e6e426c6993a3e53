import Bytes
import EventLoops

/// One end of a connection: its socket, and a delegate that records the socket's events.
struct Peer: Sendable {
    let recorder: Recorder
    private let socket: LoopBound<Transport>

    init(_ socket: Transport, _ recorder: Recorder = Recorder()) {
        self.recorder = recorder
        self.socket = LoopBound(socket, loop: socket.loop)
        socket.start(delegate: recorder)
    }

    static func connect(
        to address: SocketAddress, on loop: EventLoop, _ recorder: Recorder = Recorder()
    ) async throws -> Peer {
        try await connect(to: Endpoint(address), on: loop, recorder)
    }

    static func connect(
        to endpoint: Endpoint, on loop: EventLoop, _ recorder: Recorder = Recorder()
    ) async throws -> Peer {
        try await Socket.connect(to: endpoint, on: loop, timeout: .seconds(50)) { Peer($0, recorder) }
    }

    var loop: EventLoop { socket.loop }

    /// Runs `body` on the socket's loop, and returns its result in a later turn of the loop.
    @discardableResult
    func run<R: Sendable>(_ body: @escaping @Sendable (Transport) -> R) async -> R {
        let result = await loop.run { body(socket.value) }
        await loop.run {}
        return result
    }

    func send(_ bytes: [UInt8]) async {
        await run { socket in
            socket.outbox.append(contentsOf: bytes)
            socket.setNeedsFlush()
        }
    }

    func close() async {
        await run { $0.close() }
        _ = await recorder.closed()
    }
}

extension EventLoop {
    func run<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
        await withCheckedContinuation { continuation in
            execute { continuation.resume(returning: body()) }
        }
    }
}

extension Endpoint {
    init(_ address: SocketAddress) {
        switch address {
        case .ipv4(let host, let port), .ipv6(let host, let port): self = .tcp(host: host, port: port)
        case .unix(let path): self = .unix(path: path)
        }
    }
}

/// The connections that a listener has accepted, in order. Tests can wait for the next one.
final class Accepted: Sendable {
    private let peers = AsyncStream.makeStream(of: Peer.self)
    private let count = Locked(0)

    func add(_ peer: Peer) {
        count.withLock { $0 += 1 }
        peers.continuation.yield(peer)
    }

    func next() async throws -> Peer {
        for await peer in peers.stream { return peer }
        throw CancellationError()
    }
}

/// Starts a listener on its own loops, calls `body`, and shuts everything down.
func withServer(
    on endpoint: Endpoint = .tcp(host: "127.0.0.1", port: 0), loops: Int = 1,
    delegate: @escaping @Sendable () -> Recorder = { Recorder() },
    _ body: (_ listener: Listener, _ accepted: Accepted, _ client: EventLoop) async throws -> Void
) async throws {
    let group = EventLoopGroup(loops: loops, name: "server")
    let clients = EventLoopGroup(loops: 1, name: "client")
    let accepted = Accepted()
    let listener = try await Listener.listen(on: endpoint, loops: group.loops) { socket in
        accepted.add(Peer(socket, delegate()))
    }
    do {
        try await body(listener, accepted, clients.loops[0])
    } catch {
        await listener.close()
        await clients.shutdown()
        await group.shutdown()
        throw error
    }
    await listener.close()
    await clients.shutdown()
    await group.shutdown()
}

/// Returns a path in the temporary directory that no other test uses, short enough for a Unix-domain socket.
func temporaryPath() -> String {
    "/tmp/webshocket-\(UInt64.random(in: 0 ... .max))"
}
