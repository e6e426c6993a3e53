import Bytes
import EventLoops
import Synchronization

/// A client of one server: it connects, calls methods, and sends and receives packets.
///
/// It may be used from any thread. When its connection is lost, it connects again, unless it was told otherwise. Calls
/// and streams that the server may have begun end at once with ``ClientError/Code/connectionLost``, unless they may run
/// twice; what is called and sent meanwhile waits for the next connection; `receive()` and ``packets`` go on there.
public final class WebSocketClient: Sendable {
    let configuration: ClientConfiguration
    package let loop: EventLoop
    let session: LoopBound<ClientSession>
    let status = ClientStatus()
    let observers: ClientObservers
    private let lastID = Atomic<UInt64>(0)

    /// Makes a client; nothing happens before ``connect(retry:)``. If the process has no descriptors or threads left for
    /// the event loop of its clients, that method throws ``ClientError/Code/cannotConnect``.
    /// - Parameters:
    ///   - url: `ws://host[:port][/path][?query]`, the same with `wss:`, or `ws+unix:///path/to/socket[:/path]` for a
    ///     Unix-domain socket.
    ///   - configuration: what has a default.
    public convenience init(_ url: String, configuration: ClientConfiguration = ClientConfiguration()) {
        self.init(url, configuration: configuration, on: EventLoopGroup.shared.next())
    }

    package init(_ url: String, configuration: ClientConfiguration, on loop: EventLoop) {
        self.configuration = configuration
        self.loop = loop
        observers = ClientObservers(log: configuration.log)
        let session = ClientSession(
            Result { () throws(ClientError) in try WebSocketURL(url) }, configuration, on: loop, status: status,
            observers: observers)
        self.session = LoopBound(session, loop: loop)
        session.client = self
    }

    deinit {
        loop.execute { [session] in session.value.abandon() }
    }

    /// Whether the client is connected; it may change at any time.
    public var isConnected: Bool { status.state == .open }

    /// Where the client is; it may change at any time.
    public var state: ClientState { status.state }

    /// What the client has done so far.
    public var statistics: ClientStatistics { status.statistics }

    /// The sub-protocol that the server selected for the last connection; nil where it selected none.
    public var subprotocol: String? { status.subprotocol }

    /// Connects to the server and shakes hands; it returns at once when the client is connected, and waits for the end
    /// of a connection that is closing.
    ///
    ///     try await client.connect(retry: .exponential(attempts: 5))
    ///
    /// Once it has returned, a connection that is lost is replaced: see ``ClientConfiguration/reconnect``. A client
    /// that waits for its next try makes it now.
    /// - Parameter retry: what to do when the first try fails; nil to throw its error, or where the client seeks a
    ///   connection already to go on as it does. Refusals that time does not heal are not tried again.
    /// - Throws: ``ClientError`` that says at which step the last try failed, or what
    ///   ``ClientConfiguration/credentials`` or ``ClientConfiguration/prepare`` threw; `CancellationError` when the
    ///   task is cancelled.
    public func connect(retry: RetryPolicy? = nil) async throws {
        let id = makeID()
        try await loop.wait { [session] waiter in
            session.value.connect(retry: retry, id: id, waiter)
        } cancel: { [session] in
            session.value.stopConnecting(id)
        }.get()
    }

    /// Connects without waiting for it: what is called from now on waits for the connection.
    func beginConnecting(retry: RetryPolicy) {
        loop.execute { [session] in session.value.connect(retry: retry, id: 0, nil) }
    }

    /// Closes the connection and returns when it has ended; harmless when there is none. A client that connects, or
    /// waits to, stops doing so. What waits to be sent fails.
    /// - Parameters:
    ///   - code: what the server is told; not 1005, 1006 or 1015, which cannot be sent.
    ///   - reason: at most 123 bytes of UTF-8; a longer one is cut at a character.
    public func close(_ code: CloseCode = .normal, reason: String = "") async {
        await withCheckedContinuation { continuation in
            loop.execute { [session] in session.value.close(code, reason: reason, continuation) }
        }
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
    /// Returns when it is in the outbox; while the server reads nothing and the outbox is full, or there is no
    /// connection yet, it waits.
    /// - Parameters:
    ///   - value: anything encodable.
    ///   - timeToLive: how long it may wait for a connection; nil for what ``ClientConfiguration/offlineQueue`` says.
    /// - Throws: ``ClientError``: not connected, too much waits or too long, or the value cannot travel;
    ///   `CancellationError` when the task is cancelled while it waits, and then nothing is sent. What threw was not
    ///   sent.
    public func send(_ value: some Encodable & Sendable, timeToLive: Duration? = nil) async throws {
        try await sendPacket(timeToLive) { codec, buffer in
            try codec.writePacket(.custom, data: value, using: .resolve(), into: &buffer)
        }
    }

    /// Sends a raw message, whatever the dialect; returns as for a value.
    /// - Throws: ``ClientError``: not connected; `CancellationError` as for a value.
    public func send(_ message: Message, timeToLive: Duration? = nil) async throws {
        switch message {
        case .text(let text): try await send(.text, Array(text.utf8), isRaw: true, timeToLive)
        case .binary(let bytes): try await send(.binary, bytes, isRaw: true, timeToLive)
        }
    }

    /// Waits for the next packet that is no reply, be it a late one to a call that was given up; a message that is no
    /// packet comes with source `.unknown`. So does one with text above the limits of Protocol.md, "Text"; its data are
    /// the bytes of the message, in every dialect.
    ///
    /// It goes on when a lost connection is replaced.
    /// - Throws: ``ClientError`` when the connection ends first and none follows, `CancellationError` when the task is
    ///   cancelled.
    public func receive() async throws -> Packet {
        let id = makeID()
        return try await loop.wait { [session] continuation in
            session.value.receive(continuation, id: id)
        } cancel: { [session] in
            session.value.stopReceiving(id)
        }.get()
    }

    /// Waits for the next message of a client whose dialect is `.messages`. A text message above the limits of
    /// Protocol.md, "Text", comes as a binary one.
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

    func send(_ kind: MessageKind, _ bytes: [UInt8], isRaw: Bool = false, _ timeToLive: Duration?) async throws {
        if let timeToLive, timeToLive <= .zero {
            throw ClientError(.invalidConfiguration, "a message's time to live is to be positive, not \(timeToLive)")
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
