import Bytes
import EventLoops
import Synchronization

/// A client of one server: it connects, calls methods, and sends and receives packets.
///
/// It may be used from any thread. When its connection ends, every call and every `receive()` that waits ends with
/// it at once; ``connect()`` may then be called again.
public final class WebSocketClient: Sendable {
    private enum State {
        case disconnected
        /// The gate opens when it is decided.
        case connecting(Gate)
        case connected(LoopBound<ClientConnection>, ended: Gate)
    }

    private let urlText: String
    let configuration: ClientConfiguration
    package let loop: EventLoop
    private let state = Locked(State.disconnected)
    private let lastID = Atomic<UInt64>(0)

    /// Makes a client; nothing happens before ``connect()``.
    /// - Parameters:
    ///   - url: `ws://host[:port][/path][?query]`, or `ws+unix:///path/to/socket[:/path]` for a Unix-domain socket.
    ///   - configuration: what has a default.
    public convenience init(_ url: String, configuration: ClientConfiguration = ClientConfiguration()) {
        self.init(url, configuration: configuration, on: EventLoopGroup.shared.next())
    }

    package init(_ url: String, configuration: ClientConfiguration, on loop: EventLoop) {
        urlText = url
        self.configuration = configuration
        self.loop = loop
    }

    deinit {
        if case .connected(let connection, _) = state.withLock({ $0 }) {
            loop.execute { connection.value.close(.goingAway, reason: "") }
        }
    }

    /// Whether messages can be sent; it may change at any time.
    public var isConnected: Bool {
        switch state.withLock({ $0 }) {
        case .disconnected, .connecting: false
        case .connected(_, let ended): !ended.isOpen
        }
    }

    /// Connects to the server and shakes hands; it returns at once when the client is connected, and waits for the end
    /// of a connection that is closing.
    /// - Throws: ``ClientError`` that says at which step it failed; `CancellationError` when the task is cancelled.
    public func connect() async throws {
        let url = try WebSocketURL(urlText)
        await waitUntilClosed()
        let decided = Gate()
        while let others = beginConnecting(decided) {
            await others.wait()
            if isConnected { return }
        }
        guard !isConnected else { return }
        defer { decided.open() }
        do {
            try configuration.check()
            let ended = Gate()
            let connection = try await ClientUpgrade.connect(url, configuration, on: loop, ended: ended)
            state.withLock { $0 = .connected(connection, ended: ended) }
        } catch {
            state.withLock { $0 = .disconnected }
            throw error
        }
    }

    /// While the closing handshake is under way nothing can be sent, and nothing is connected anew.
    private func waitUntilClosed() async {
        guard case .connected(let connection, let ended) = state.withLock({ $0 }), !ended.isOpen else { return }
        let isOpen = await withCheckedContinuation { continuation in
            loop.execute { continuation.resume(returning: connection.value.link.isOpen) }
        }
        if !isOpen { await ended.wait() }
    }

    /// - Returns: the gate of another task that is connecting; nil when it is for this one to connect, or when there is
    ///   nothing to do.
    private func beginConnecting(_ decided: Gate) -> Gate? {
        state.withLock { state in
            switch state {
            case .connecting(let others): return others
            case .connected(_, let ended) where !ended.isOpen: return nil
            case .disconnected, .connected:
                state = .connecting(decided)
                return nil
            }
        }
    }

    /// Closes the connection and returns when it has ended; harmless when there is none. One that is being made is
    /// closed as soon as it is there.
    /// - Parameters:
    ///   - code: what the server is told; not 1005, 1006 or 1015, which cannot be sent.
    ///   - reason: at most 123 bytes of UTF-8; a longer one is cut at a character.
    public func close(_ code: CloseCode = .normal, reason: String = "") async {
        while case .connecting(let decided) = state.withLock({ $0 }) { await decided.wait() }
        guard case .connected(let connection, let ended) = state.withLock({ $0 }) else { return }
        loop.execute { connection.value.close(code, reason: reason) }
        await ended.wait()
    }

    func connection() throws(ClientError) -> LoopBound<ClientConnection> {
        guard case .connected(let connection, _) = state.withLock({ $0 }) else { throw .notConnected }
        return connection
    }

    func makeID() -> UInt64 {
        lastID.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// A name for a call that no other call of this client has, in this connection or another.
    func makeCallID() -> String { String(makeID(), radix: 36) }
}

// MARK: - Packets and messages

extension WebSocketClient {
    /// Sends a value as the data of a custom packet (Protocol.md, "Packets").
    ///
    /// Returns when it is in the outbox; while the server reads nothing and the outbox is full, it waits.
    /// - Throws: ``ClientError``: not connected, or the value cannot travel; `CancellationError` when the task is
    ///   cancelled while it waits, and then nothing is sent. What threw was not sent.
    public func send(_ value: some Encodable & Sendable) async throws {
        try await sendPacket { codec, buffer in
            try codec.writePacket(.custom, data: value, using: .resolve(), into: &buffer)
        }
    }

    /// Sends a raw message, whatever the dialect; returns as for a value.
    /// - Throws: ``ClientError``: not connected; `CancellationError` as for a value.
    public func send(_ message: Message) async throws {
        switch message {
        case .text(let text): try await send(.text, Array(text.utf8))
        case .binary(let bytes): try await send(.binary, bytes)
        }
    }

    /// Waits for the next packet that is no reply, be it a late one to a call that was given up; a message that is no
    /// packet comes with source `.unknown`.
    /// - Throws: ``ClientError`` when the connection ends first, `CancellationError` when the task is cancelled.
    public func receive() async throws -> Packet {
        let connection = try connection()
        let id = makeID()
        return try await loop.wait { continuation in
            connection.value.receive(continuation, id: id)
        } cancel: {
            connection.value.stopReceiving(id)
        }.get()
    }

    /// Waits for the next message of a client whose dialect is `.messages`.
    /// - Throws: as ``receive()``; `.unexpectedReply` when a packet came that is no raw message.
    public func receiveMessage() async throws -> Message {
        let packet = try await receive()
        switch packet.data {
        case .string(let text) where packet.source == .unknown: return .text(text)
        case .bytes(let bytes) where packet.source == .unknown: return .binary(bytes)
        default: throw ClientError(.unexpectedReply, "a packet came; receive() reads those")
        }
    }

    func wire() throws(ClientError) -> (MessageKind, Codec) {
        guard let wire = configuration.dialect.wire else {
            throw ClientError(.cannotEncode, "a client of raw messages sends no packets")
        }
        return wire
    }

    func send(_ kind: MessageKind, _ bytes: [UInt8]) async throws {
        let connection = try connection()
        let message = LoopBound(OutgoingMessage(kind, bytes), loop: loop)
        let sent: Result<Void, any Error> = await loop.wait { continuation in
            message.value.isSent = { error in
                continuation.resume(returning: error.map { .failure($0) } ?? .success(()))
            }
            connection.value.send(message.value)
        } cancel: {
            message.value.cancel()
        }
        try sent.get()
    }
}
