import Bytes
import EventLoops

/// A peer without a protocol, which sends given bytes and records the bytes received.
final class RawPeer: Sendable, TransportDelegate {
    private struct State {
        var received: [UInt8] = []
        var isClosed = false
        var waiters: [(condition: @Sendable ([UInt8], Bool) -> Bool, continuation: CheckedContinuation<Void, Never>)] =
            []
    }

    /// A separate event loop, so expensive conditions do not slow down the clients.
    private static let group = EventLoopGroup(loops: 1, name: "raw-peers")

    private let loop = RawPeer.group.next()
    private let state = Locked(State())
    private let socket = Locked<LoopBound<Transport>?>(nil)
    private let answer: @Sendable (UnsafeRawBufferPointer) -> [UInt8]

    private let reads: Bool

    /// Connects over TCP to a port of this machine.
    /// - Parameters:
    ///   - reads: Whether the peer reads before ``resumeReading()`` is called.
    ///   - tls: The context of a TLS handshake that follows the greeting, or nil for no TLS.
    ///   - greeting: The text to send before TLS starts.
    ///   - answer: Returns the bytes to send for received bytes. Runs on the event loop, so it does not wait for
    ///     busy test threads.
    init(
        port: Int, reads: Bool = true, tls: TLSContext? = .wire, greeting: String = "",
        answer: @escaping @Sendable (UnsafeRawBufferPointer) -> [UInt8] = { _ in [] }
    ) async throws {
        self.answer = answer
        self.reads = reads
        let endpoint = Endpoint.tcp(host: "127.0.0.1", port: UInt16(port))
        let loop = loop
        let connected: Result<LoopBound<Transport>, SocketError> = await withCheckedContinuation { continuation in
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
            // With TLS, reading pauses after the handshake.
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

    /// Returns after the bytes sent earlier have been written to the socket.
    func settle() async {
        // The event loop writes at the end of the turn that appended the bytes.
        for _ in 0..<2 { await loop.run {} }
    }

    func pauseReading() { withSocket { $0.pauseReading() } }

    func resumeReading() { withSocket { $0.resumeReading() } }

    func close() { withSocket { $0.close() } }

    /// Waits until the received bytes satisfy the condition or the connection has closed, and returns them.
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

    /// Waits for the end of the connection, and returns all bytes received as text.
    func everything() async -> String {
        String(decoding: await received { _ in false }, as: UTF8.self)
    }

    /// The number of bytes that this side has queued but not written.
    var unsentBytes: Int {
        get async {
            guard let socket = socket.withLock({ $0 }) else { return 0 }
            return await withCheckedContinuation { continuation in
                loop.execute { continuation.resume(returning: socket.value.queuedBytes) }
            }
        }
    }

    /// The subject of the server's certificate.
    var certificateSubject: String? {
        get async {
            guard let socket = socket.withLock({ $0 }) else { return nil }
            return await loop.run { socket.value.tls?.peerCertificate?.subject }
        }
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    private func withSocket(_ body: @escaping @Sendable (Transport) -> Void) {
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

    func transport(_ socket: Transport, didRead bytes: UnsafeMutableRawBufferPointer) {
        update { $0.received += bytes }
        let answer = answer(UnsafeRawBufferPointer(bytes))
        guard !answer.isEmpty else { return }
        socket.outbox.append(contentsOf: answer)
        socket.setNeedsFlush()
    }

    func transportDidSecure(_ socket: Transport) {
        if !reads { socket.pauseReading() }
    }

    func transportDidDrain(_ socket: Transport) {}

    func transportPeerDidEnd(_ socket: Transport) {}

    func transportDidReachEnd(_ socket: Transport) { socket.close() }

    func transportDidClose(_ socket: Transport, error: SocketError?) {
        update { $0.isClosed = true }
    }
}

/// The bytes of client frames, for peers that violate the protocol.
enum RawFrame {
    static let upgrade = """
        GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n
        """

    /// Returns a final frame with a mask of zeros, which leaves the payload unchanged.
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
