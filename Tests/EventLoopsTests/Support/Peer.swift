import Bytes
import EventLoops

/// One end of a connection, as tests hold it: its socket, reached on its loop, and what its delegate heard.
struct Peer: Sendable {
    let recorder: Recorder
    private let socket: LoopBound<Socket>

    init(_ socket: Socket, _ recorder: Recorder = Recorder()) {
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

    /// Runs on the socket's loop and returns in a later turn than the one that ran it.
    @discardableResult
    func run<R: Sendable>(_ body: @escaping @Sendable (Socket) -> R) async -> R {
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

/// What a listener accepted, in order, for tests to wait on.
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

/// Listens on a loop of its own and runs the test; ends everything behind it.
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

/// A path in the temporary directory that no other test uses; short, as Unix-domain sockets want it.
func temporaryPath() -> String {
    "/tmp/webshocket-\(UInt64.random(in: 0 ... .max))"
}
