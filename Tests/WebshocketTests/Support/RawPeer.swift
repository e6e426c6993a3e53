import Bytes
import EventLoops

/// A peer without a protocol: it sends the bytes that it is told to, and keeps what comes back.
final class RawPeer: Sendable, SocketDelegate {
    private struct State {
        var received: [UInt8] = []
        var isClosed = false
        var waiters: [(condition: @Sendable ([UInt8], Bool) -> Bool, continuation: CheckedContinuation<Void, Never>)] =
            []
    }

    /// Not the clients' loop: what a condition costs is no concern of theirs.
    private static let group = EventLoopGroup(loops: 1, name: "raw-peers")

    private let loop = RawPeer.group.next()
    private let state = Locked(State())
    private let socket = Locked<LoopBound<Socket>?>(nil)
    private let answer: @Sendable (UnsafeRawBufferPointer) -> [UInt8]

    private let reads: Bool

    /// Connects over TCP to a port of this machine.
    /// - Parameters:
    ///   - tls: speaks TLS before all else but the greeting.
    ///   - greeting: what is said in plain.
    ///   - answer: what to send at once for bytes that have come, however busy the tests' threads are.
    init(
        port: Int, reads: Bool = true, tls: TLSContext? = .wire, greeting: String = "",
        answer: @escaping @Sendable (UnsafeRawBufferPointer) -> [UInt8] = { _ in [] }
    ) async throws {
        self.answer = answer
        self.reads = reads
        let endpoint = Endpoint.tcp(host: "127.0.0.1", port: UInt16(port))
        let loop = loop
        let connected: Result<LoopBound<Socket>, SocketError> = await withCheckedContinuation { continuation in
            loop.execute {
                Socket.connect(to: endpoint, on: loop, timeout: .patient) { result in
                    continuation.resume(returning: result.map { LoopBound($0, loop: loop) })
                }
            }
        }
        let bound = try connected.get()
        socket.withLock { $0 = bound }
        loop.execute {
            bound.value.start(delegate: self)
            bound.value.outbox.append(contentsOf: greeting.utf8)
            if let tls, let session = try? TLSSession.client(tls, host: "127.0.0.1", port: UInt16(port)) {
                bound.value.beginTLS(session)
            }
            // A handshake has to be read.
            if !reads, tls == nil { bound.value.pauseReading() }
        }
    }

    func send(_ bytes: some Collection<UInt8> & Sendable) {
        withSocket { socket in
            socket.outbox.append(contentsOf: bytes)
            socket.setNeedsFlush()
        }
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// Returns when what was said before has been handed to the system.
    func settle() async {
        // The turn that says it ends with the write.
        for _ in 0..<2 { await loop.run {} }
    }

    func pauseReading() { withSocket { $0.pauseReading() } }

    func resumeReading() { withSocket { $0.resumeReading() } }

    func close() { withSocket { $0.close() } }

    /// Waits until what has come satisfies the condition, or nothing more will come.
    func received(until condition: @escaping @Sendable ([UInt8]) -> Bool) async -> [UInt8] {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.isClosed || condition(state.received) { return true }
                state.waiters.append(({ bytes, isClosed in isClosed || condition(bytes) }, continuation))
                return false
            }
            if isDone { continuation.resume() }
        }
        return state.withLock { $0.received }
    }

    /// Everything up to the end of the connection, as text.
    func everything() async -> String {
        String(decoding: await received { _ in false }, as: UTF8.self)
    }

    /// What its own side of the connection has not taken yet.
    var unsentBytes: Int {
        get async {
            guard let socket = socket.withLock({ $0 }) else { return 0 }
            return await withCheckedContinuation { continuation in
                loop.execute { continuation.resume(returning: socket.value.queuedBytes) }
            }
        }
    }

    /// Whom the server's certificate is for.
    var certificateSubject: String? {
        get async {
            guard let socket = socket.withLock({ $0 }) else { return nil }
            return await loop.run { socket.value.tls?.peerCertificate?.subject }
        }
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    private func withSocket(_ body: @escaping @Sendable (Socket) -> Void) {
        guard let socket = socket.withLock({ $0 }) else { return }
        loop.execute { if !socket.value.isClosed { body(socket.value) } }
    }

    private func update(_ change: (inout State) -> Void) {
        let ready = state.withLock { state in
            change(&state)
            let ready = state.waiters.filter { $0.condition(state.received, state.isClosed) }
            state.waiters.removeAll { $0.condition(state.received, state.isClosed) }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    func socket(_ socket: Socket, didRead bytes: UnsafeMutableRawBufferPointer) {
        update { $0.received += bytes }
        let answer = answer(UnsafeRawBufferPointer(bytes))
        guard !answer.isEmpty else { return }
        socket.outbox.append(contentsOf: answer)
        socket.setNeedsFlush()
    }

    func socketDidSecure(_ socket: Socket) {
        if !reads { socket.pauseReading() }
    }

    func socketDidDrain(_ socket: Socket) {}

    func socketPeerDidEnd(_ socket: Socket) {}

    func socketDidReachEnd(_ socket: Socket) { socket.close() }

    func socketDidClose(_ socket: Socket, error: SocketError?) {
        update { $0.isClosed = true }
    }
}

/// The bytes of client frames, for peers that break the rules.
enum RawFrame {
    static let upgrade = """
        GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n
        """

    /// A final frame, masked with zeros so that its payload stands as it is.
    static func masked(_ opcode: UInt8, _ payload: some Collection<UInt8>) -> [UInt8] {
        let length: [UInt8] =
            switch payload.count {
            case ..<126: [0x80 | UInt8(payload.count)]
            case ..<65_536: [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
            default: [0x80 | 127] + (0..<8).reversed().map { UInt8(payload.count >> ($0 * 8) & 0xFF) }
            }
        return [0x80 | opcode] + length + [0, 0, 0, 0] + payload
    }

    static func text(_ text: String) -> [UInt8] { masked(1, text.utf8) }

    static func call(_ method: String, _ arguments: String = "", id: String = "id") -> [UInt8] {
        text(#"{"source":5,"rpc":{"type":"request","method":"\#(method)","args":[\#(arguments)],"call_id":"\#(id)"}}"#)
    }
}
