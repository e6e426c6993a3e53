import Bytes
import EventLoops
import Webshocket

/// A server that stops reading after it has answered `__hello__`, and later counts the complete messages.
final class StallingServer: Sendable {
    private let group = EventLoopGroup(loops: 1, name: "stalling")
    private let listener: Listener
    private let peer: Peer

    init(compression: CompressionOptions? = nil) async throws {
        let peer = Peer(compression)
        self.peer = peer
        listener = try await Listener.listen(on: .tcp(host: "127.0.0.1", port: 0), loops: group.loops) { socket in
            peer.socket.withLock { $0 = LoopBound(socket, loop: socket.loop) }
            socket.start(delegate: peer)
            if let tls = TLSContext.wireServer, let session = try? TLSSession.server(tls) { socket.beginTLS(session) }
        }
    }

    var url: String { "\(TestWire.scheme)://127.0.0.1:\(listener.localAddress.port ?? 0)" }

    /// Resumes reading, and waits for the end of the connection.
    /// - Returns: The number of complete messages received, without control frames.
    func readAll() async -> Int {
        onSocket { $0.resumeReading() }
        await peer.ended.wait()
        return peer.frames.withLock { $0.messages }
    }

    /// Closes the socket at once. If bytes are unread, the kernel resets the connection.
    func kill() { onSocket { $0.close() } }

    func stop() async {
        await listener.close()
        await group.shutdown()
    }

    private func onSocket(_ body: @escaping @Sendable (Transport) -> Void) {
        guard let socket = peer.socket.withLock({ $0 }) else { return }
        socket.loop.execute { body(socket.value) }
    }

    private final class Peer: TransportDelegate, Sendable {
        let socket = Locked<LoopBound<Transport>?>(nil)
        let frames = Locked(FrameCounter())
        let ended = Gate()
        private let handshake = Locked(ServerHandshake())
        private let early = Locked(EarlyBytes())
        private let compression: CompressionOptions?

        init(_ compression: CompressionOptions?) {
            self.compression = compression
        }

        func transport(_ socket: Transport, didRead bytes: UnsafeMutableRawBufferPointer) {
            if early.withLock({ $0.isAwaited }) { return readHello(socket, UnsafeRawBufferPointer(bytes)) }
            if frames.withLock({ $0.isOpen }) {
                let isClosing = frames.withLock { frames in
                    frames.add(UnsafeRawBufferPointer(bytes))
                    return frames.isClosing
                }
                return isClosing ? socket.close() : ()
            }
            guard
                case .upgrade(let request, let consumed) = handshake.withLock({
                    $0.received(UnsafeRawBufferPointer(bytes))
                })
            else { return }
            let answer = request.accept(subprotocol: request.subprotocols.first, compression: compression)
            answer.write(into: &socket.outbox)
            socket.setNeedsFlush()
            early.withLock {
                $0.isAwaited = true
                $0.deflate = answer.deflate
            }
            readHello(socket, UnsafeRawBufferPointer(rebasing: bytes[consumed...]))
        }

        /// Answers the first message like a server without `__hello__`, and stops reading.
        private func readHello(_ socket: Transport, _ bytes: UnsafeRawBufferPointer) {
            let rest: [UInt8]? = early.withLock { early in
                early.bytes += bytes
                return early.answer(into: &socket.outbox)
            }
            guard let rest else { return }
            socket.setNeedsFlush()
            socket.pauseReading()
            rest.withUnsafeBytes { rest in
                frames.withLock {
                    $0.isOpen = true
                    $0.add(rest)
                }
            }
        }

        func transportDidDrain(_ socket: Transport) {}
        func transportPeerDidEnd(_ socket: Transport) {}
        func transportDidReachEnd(_ socket: Transport) { socket.close() }
        func transportDidClose(_ socket: Transport, error: SocketError?) { ended.open() }
    }
}

/// The bytes that a client has sent until its `__hello__` is complete.
private struct EarlyBytes {
    var isAwaited = false
    var deflate: DeflateParameters?
    var bytes: [UInt8] = []

    /// Appends the response to the outbox if the first message is complete.
    /// - Returns: The bytes after the message, or nil if it is incomplete.
    mutating func answer(into outbox: inout ByteBuffer) -> [UInt8]? {
        var reader = MessageReader(role: .server, deflate: deflate)
        var copy = bytes
        let rest: [UInt8]? = copy.withUnsafeMutableBytes { buffer in
            var input = buffer
            guard case .message(let kind, let payload) = reader.next(in: &input) else { return nil }
            let codec: PacketCodec = kind == .text ? .json : .messagePack
            var writer = MessageWriter(role: .server)
            let mark = writer.begin(kind, in: &outbox)
            try? PacketParser().read(payload, as: codec) { root in
                guard case .request(let request) = try IncomingPacket(root).body, let id = request.callID else {
                    return
                }
                try codec.writeErrorResponse(callID: id, code: .methodNotFound, message: "no hello", into: &outbox)
            }
            writer.end(mark, in: &outbox)
            return Array(input)
        }
        if rest != nil { isAwaited = false }
        return rest
    }
}

/// Counts the complete messages in a client's bytes by their final frames, without reading the payloads.
private struct FrameCounter {
    var isOpen = false
    private(set) var messages = 0
    /// Whether a close frame has started.
    private(set) var isClosing = false
    private var head: [UInt8] = []
    private var payloadLeft = 0
    private var isLastOfMessage = false

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        while !rest.isEmpty {
            if payloadLeft > 0 {
                let count = min(payloadLeft, rest.count)
                rest = rest.dropFirst(count)
                payloadLeft -= count
                if payloadLeft == 0, isLastOfMessage { messages += 1 }
            } else {
                head.append(rest.removeFirst())
                takeHead()
            }
        }
    }

    /// Parses a frame header if it is complete. A client's frames have a mask of four bytes after the length
    /// (RFC 6455, section 5.2). Frames must not be empty.
    private mutating func takeHead() {
        guard head.count >= 2 else { return }
        let short = Int(head[1] & 0x7F)
        let wide = short == 127 ? 8 : short == 126 ? 2 : 0
        guard head.count == 2 + wide + 4 else { return }
        payloadLeft = wide == 0 ? short : head[2..<(2 + wide)].reduce(0) { $0 << 8 | Int($1) }
        isLastOfMessage = head[0] & 0x80 != 0 && head[0] & 0x08 == 0
        if head[0] & 0x0F == 8 { isClosing = true }
        head = []
    }
}
