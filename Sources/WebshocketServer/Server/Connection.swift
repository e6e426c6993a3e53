import Bytes
import EventLoops
import Synchronization

/// A server's connection to one peer.
///
/// It can be used from any thread and can be kept after the connection has ended. Messages that are sent after the end
/// are dropped.
///
/// Any property that this type does not declare is a session attribute. `connection.isAdmin = true` sets one for the
/// lifetime of this connection, and no other connection has it. A mistyped property name therefore compiles and reads
/// as an attribute that is not set.
@dynamicMemberLookup
public final class Connection: Sendable, Identifiable {
    /// The ID of the connection, unique in the process and never reused.
    public let id: UInt64
    /// The path that the peer connected to, without the query. Percent-encoding is preserved.
    public let path: String
    /// The query, which is the part after `?`, as sent by the peer; nil if there is none.
    public let query: String?
    /// The headers of the upgrade request.
    public let headers: HTTPHeaders
    /// The peer's address without the port; `unix` for a Unix-domain socket. For a peer behind a proxy, it is the
    /// client's address if ``ServerConfiguration/trustedProxies`` includes the proxy, and the proxy's address
    /// otherwise.
    public let remoteAddress: String
    /// The address of the trusted proxy that reported ``remoteAddress``. Nil if the peer connected directly, the proxy
    /// is not trusted, or the proxy reported no address.
    public let proxyAddress: String?
    /// The negotiated subprotocol (RFC 6455, 1.9); nil if there is none.
    public let subprotocol: String?
    /// Whether the connection is encrypted with TLS, either by this server or by a proxy in
    /// ``ServerConfiguration/trustedProxies`` that reports it.
    public let isSecure: Bool
    /// The certificate that the client presented; nil if it presented none, for example because
    /// ``ServerTLS/clientCertificates`` does not request one.
    public let clientCertificate: ClientCertificate?
    /// The encoding of the peer's packets. On a path for raw messages it is JSON, which encodes every sent value that
    /// is neither a string nor bytes.
    public let codec: PacketCodec
    let form: WireForm

    /// The hub of this path, which sends to several connections. For hubs of other paths, see ``server``.
    public let hub: Hub
    let context: ServerContext

    /// The time at which the peer connected.
    let connectionTime: Timestamp
    /// The current ``ConnectionState``, as its index in `allCases`.
    let stage = Atomic(0)

    package let loop: EventLoop
    /// The session attributes; empty until the first one is set.
    let session = AtomicLazyReference<SessionAttributes>()
    /// The metadata; empty until the first value is set.
    let metadataStorage = AtomicLazyReference<SessionAttributes>()
    let core: LoopBound<ServerConnection>
    /// The slow-consumer policy of this connection; empty until one is set.
    let slowConsumerChoice = AtomicLazyReference<SlowConsumerChoice>()
    let dropped = Atomic<Int>(0)
    private static let lastID = Atomic<UInt64>(0)

    init(
        _ core: ServerConnection, _ peer: PeerIdentity, _ request: UpgradeRequest, _ answer: UpgradeAnswer,
        loop: EventLoop
    ) {
        id = Self.lastID.wrappingAdd(1, ordering: .relaxed).newValue
        path = request.path
        query = request.query
        headers = request.headers
        remoteAddress = peer.address
        proxyAddress = peer.proxyAddress
        subprotocol = answer.subprotocol
        let transport = core.link.transport
        isSecure = transport.isSecured || peer.scheme == "https"
        clientCertificate = transport.tls?.peerCertificate.map { ClientCertificate($0) }
        codec = core.codec
        form = core.form
        hub = core.hub
        context = core.serverLoop.context
        connectionTime = Timestamp(loop.clock.wallTime)
        self.loop = loop
        self.core = LoopBound(core, loop: loop)
    }

    /// The server that the connection belongs to. Use it to reach the hub of another path with
    /// ``WebSocketServer/hub(at:)``. Nil only if the program no longer holds the server.
    public var server: WebSocketServer? { context.server }

    /// Sends a value as the data of a custom packet (Protocol.md, "Packets"). On a path for raw messages, a `String` is
    /// sent as text and `[UInt8]` as binary. Any other value is sent as JSON in a text message.
    ///
    /// The call returns at once. The packet is sent at the end of the event loop's turn, or later if earlier messages
    /// are still queued for the peer. Messages from one task are sent in order and are never dropped. If a peer lets
    /// more than ``ServerLimits/outboundQueue`` accumulate, the connection is closed with 1013.
    /// - Throws: `EncodingError` if the value cannot be encoded, such as NaN in JSON. Then nothing is sent.
    public func send(_ value: some Encodable & Sendable) throws {
        // Uses a separate buffer because encoding runs the value's code, which may also send.
        var message = ByteBuffer()
        let kind = try form.write(value, into: &message)
        push(kind, message.array)
    }

    /// Sends a raw message. Allowed on any path; ordering and limits are those of `send(_:)` for values.
    public func send(_ message: WebSocketMessage) {
        switch message {
        case .text(let text): push(.text, Array(text.utf8))
        case .binary(let bytes): push(.binary, bytes)
        }
    }

    /// Begins the closing handshake (RFC 6455, 7.1.2). A no-op if the connection is already closing.
    /// - Parameters:
    ///   - code: The close code sent to the peer. Must not be 1005, 1006 or 1015, which cannot be sent.
    ///   - reason: At most 123 bytes of UTF-8. A longer reason is truncated at a character boundary.
    public func close(_ code: CloseCode = .normal, reason: String = "") {
        perform { $0.close(code, reason: reason) }
    }

    /// Begins the closing handshake and advises the peer whether and when to reconnect (Protocol.md, "Reconnection"). A
    /// no-op if the connection is already closing.
    /// - Parameters:
    ///   - code: The close code sent to the peer. Must not be 1005, 1006 or 1015, which cannot be sent.
    ///   - reason: At most 91 bytes of UTF-8. A longer reason is truncated at a character boundary.
    ///   - advice: The advice, which is appended to the reason.
    public func close(_ code: CloseCode, reason: String = "", advice: ReconnectAdvice) {
        close(code, reason: ConnectionClosure(code, reason: reason, advice: advice).reason)
    }

    /// Writes a line to the server's log.
    func log(_ level: LogSink.Level, _ cause: LogCause, burst: Int = 1, _ line: String) {
        perform { $0.log(level, cause, burst: burst, line) }
    }

    /// - Parameter kind: The kind of message; nil for the kind that this connection uses for packets.
    func push(_ kind: MessageKind?, _ bytes: [UInt8]) {
        perform { $0.push(kind, bytes) }
    }
}

extension Connection {
    /// Runs a closure on the connection's loop: immediately if the caller is on that loop, otherwise asynchronously.
    func perform(_ work: @escaping @Sendable (ServerConnection) -> Void) {
        loop.perform { [core] in work(core.value) }
    }

    /// Returns whether the session attributes satisfy a predicate. A predicate that throws counts as not satisfied, and
    /// the error is logged.
    func satisfies(_ predicate: SessionCondition) -> Bool {
        do {
            return try predicate.holds(for: self)
        } catch {
            perform { $0.serverLoop.logFailure(of: predicate, error) }
            return false
        }
    }
}
