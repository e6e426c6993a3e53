import Bytes
import EventLoops
import Synchronization

/// A client of one server. It connects, calls methods, and sends and receives packets.
///
/// It is thread-safe. If its connection is lost, it reconnects, unless ``ClientConfiguration/reconnect`` is set
/// otherwise. Calls and streams that the server may have started fail at once with ``ClientError/Code/connectionLost``,
/// unless they are idempotent. New calls and messages wait for the next connection, where ``receive()`` and ``packets``
/// continue.
public final class WebSocketClient: Sendable {
    let configuration: ClientConfiguration
    package let loop: EventLoop
    let session: LoopBound<ClientSession>
    let status = ClientStatus()
    let observers: ClientObservers
    private let lastID = Atomic<UInt64>(0)

    /// Creates a client, which does nothing before ``connect(retry:)``.
    ///
    /// If the process has no file descriptors or threads left for the event loop, ``connect(retry:)`` throws
    /// ``ClientError/Code/cannotConnect``.
    /// - Parameters:
    ///   - url: `ws://host[:port][/path][?query]`, the same with `wss:`, or `ws+unix:///path/to/socket[:/path]` for a
    ///     Unix-domain socket.
    ///   - configuration: The optional settings.
    public convenience init(_ url: String, configuration: ClientConfiguration = ClientConfiguration()) {
        self.init(url, configuration: configuration, on: EventLoopGroup.shared.next())
    }

    package init(_ url: String, configuration: ClientConfiguration, on loop: EventLoop) {
        self.configuration = configuration
        self.loop = loop
        observers = ClientObservers(log: configuration.log, clock: loop.clock)
        let session = ClientSession(
            Result { () throws(ClientError) in try WebSocketURL(url) }, configuration, on: loop, status: status,
            observers: observers)
        self.session = LoopBound(session, loop: loop)
        session.client = self
    }

    deinit {
        loop.execute { [session] in session.value.abandon() }
    }

    /// Whether the client is connected. The value may change at any time.
    public var isConnected: Bool { status.state == .open }

    /// The state of the client. The value may change at any time.
    public var state: ClientState { status.state }

    /// The counters of the client.
    public var statistics: ClientStatistics { status.statistics }

    /// The subprotocol that the server selected for the last connection; nil if it selected none.
    public var subprotocol: String? { status.subprotocol }

    /// Connects to the server and performs the handshake.
    ///
    ///     try await client.connect(retry: .exponential(attempts: 5))
    ///
    /// Returns at once if the client is connected. If the connection is closing, it waits for the end and connects
    /// again. If the client is waiting for its next attempt, the attempt is made immediately. After it has returned, a
    /// lost connection is replaced; see ``ClientConfiguration/reconnect``.
    /// - Parameter retry: The policy if the first attempt fails. With nil, its error is thrown; if the client is
    ///   already connecting, the policy stays as it is. Permanent refusals are not retried.
    /// - Throws: ``ClientError`` that tells at which step the last attempt failed, or the error thrown by
    ///   ``ClientConfiguration/credentials``, ``ClientConfiguration/token`` or ``ClientConfiguration/prepare``.
    ///   `CancellationError` if the task is cancelled.
    public func connect(retry: RetryPolicy? = nil) async throws {
        let id = makeID()
        try await loop.wait { [session] waiter in
            session.value.connect(retry: retry, id: id, waiter)
        } cancel: { [session] in
            session.value.stopConnecting(id)
        }.get()
    }

    /// Starts to connect without waiting. Later calls wait for the connection.
    func beginConnecting(retry: RetryPolicy) {
        loop.execute { [session] in session.value.connect(retry: retry, id: 0, nil) }
    }

    /// Closes the connection and returns when it has ended; a no-op without a connection. A client that is connecting
    /// or waiting to reconnect stops. Calls and messages that wait to be sent fail.
    /// - Parameters:
    ///   - code: The close code for the server; not 1005, 1006 or 1015, which cannot be sent.
    ///   - reason: At most 123 bytes of UTF-8; a longer reason is truncated at a character.
    public func close(_ code: CloseCode = .normal, reason: String = "") async {
        await withCheckedContinuation { continuation in
            loop.execute { [session] in session.value.close(code, reason: reason, continuation) }
        }
    }

    func makeID() -> UInt64 {
        lastID.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// Returns an ID that is unique among all calls of this client, across connections.
    func makeCallID() -> String { String(makeID(), radix: 36) }
}

// MARK: - Packets and messages

extension WebSocketClient {
    /// Sends a value as the data of a custom packet (Protocol.md, "Packets").
    ///
    /// Returns when the packet is in the outbox. It waits if there is no connection yet, or if the outbox is full
    /// because the server does not read.
    /// - Parameters:
    ///   - value: An encodable value.
    ///   - timeToLive: How long the packet may wait for a connection; nil for the default of
    ///     ``ClientConfiguration/offlineQueue``.
    /// - Throws: ``ClientError`` if the client is not connected, the queue is full, the time to live expires, or the
    ///   value cannot be encoded. `CancellationError` if the task is cancelled while the packet waits. If it throws,
    ///   nothing was sent.
    public func send(_ value: some Encodable & Sendable, timeToLive: Duration? = nil) async throws {
        try await sendPacket(timeToLive) { codec, buffer in
            try codec.writePacket(.custom, data: value, using: .resolve(), into: &buffer)
        }
    }

    /// Sends a raw message, with any codec.
    ///
    /// Returns when the message is in the outbox. It waits if there is no connection yet, or if the outbox is full
    /// because the server does not read.
    /// - Parameters:
    ///   - message: The message.
    ///   - timeToLive: How long the message may wait for a connection; nil for the default of
    ///     ``ClientConfiguration/offlineQueue``.
    /// - Throws: ``ClientError`` if the client is not connected, the queue is full, or the time to live expires.
    ///   `CancellationError` if the task is cancelled while the message waits. If it throws, nothing was sent.
    public func send(_ message: WebSocketMessage, timeToLive: Duration? = nil) async throws {
        switch message {
        case .text(let text): try await send(.text, Array(text.utf8), isRaw: true, timeToLive)
        case .binary(let bytes): try await send(.binary, bytes, isRaw: true, timeToLive)
        }
    }

    /// Waits for the next packet that is not a response. Responses to calls that were given up are not returned either.
    ///
    /// A message that is not a packet is returned with the source `.unknown`. So is a message with text above the
    /// limits of Protocol.md, "Text"; its data are the bytes of the message, with every codec.
    ///
    /// The wait continues after a reconnect.
    /// - Throws: ``ClientError`` if the connection ends and is not replaced; `CancellationError` if the task is
    ///   cancelled.
    public func receive() async throws -> Packet {
        let id = makeID()
        return try await loop.wait { [session] continuation in
            session.value.receive(continuation, id: id)
        } cancel: { [session] in
            session.value.stopReceiving(id)
        }.get()
    }

    /// Waits for the next message of a client of raw messages. A text message above the limits of
    /// Protocol.md, "Text", is returned as a binary message.
    /// - Throws: ``ClientError`` if the connection ends and is not replaced, or with the code `.unexpectedReply` if a
    ///   packet arrives. `CancellationError` if the task is cancelled.
    package func receiveMessage() async throws -> WebSocketMessage {
        let packet = try await receive()
        switch packet.data {
        case .string(let text) where packet.source == .unknown: return .text(text)
        case .bytes(let bytes) where packet.source == .unknown: return .binary(bytes)
        default: throw ClientError(.unexpectedReply, "received a packet; use receive() to read packets")
        }
    }

    func wire() throws(ClientError) -> (MessageKind, PacketCodec) {
        guard let wire = configuration.wire else {
            throw ClientError(.cannotEncode, "a client of raw messages cannot send packets")
        }
        return wire
    }

    func send(_ kind: MessageKind, _ bytes: [UInt8], isRaw: Bool = false, _ timeToLive: Duration?) async throws {
        if let timeToLive, timeToLive <= .zero {
            throw ClientError(.invalidConfiguration, "a message's time to live must be positive (got \(timeToLive))")
        }
        let message = LoopBound(OutgoingMessage(kind, bytes, isRaw: isRaw, timeToLive: timeToLive), loop: loop)
        let sent: Result<Void, any Error> = await loop.wait { [session] continuation in
            message.value.isSent = { error in
                continuation.resume(returning: error.map { .failure($0) } ?? .success(()))
            }
            session.value.send(message.value)
        } cancel: { [session] in
            session.value.cancel(message.value)
        }
        try sent.get()
    }
}
