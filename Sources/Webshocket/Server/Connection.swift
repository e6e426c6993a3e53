import Bytes
import EventLoops
import Synchronization

/// One peer of a server, from its handler's point of view.
///
/// It may be used from any thread and kept past the connection's end; then what is sent is dropped.
///
/// A property that is none of its own is a session attribute: `connection.isAdmin = true` is there until the connection
/// ends, and no other connection has it. So a mistyped property is no error but an attribute that nobody has set.
@dynamicMemberLookup
public final class Connection: Sendable, Identifiable {
    /// Distinguishes the connections of a process; never reused.
    public let id: UInt64
    /// The path that the peer connected to, without its query; percent-encoding is as it was sent.
    public let path: String
    /// What stood behind the path's `?`, as it was sent; nil without one.
    public let query: String?
    /// The headers of the upgrade request.
    public let headers: HTTPHeaders
    /// The peer's address without its port; `unix` for a Unix-domain socket. Behind a proxy it is the client's where
    /// ``ServerConfiguration/trustedProxies`` has the proxy, and else the proxy's.
    public let remoteAddress: String
    /// The address of the proxy that has told the ``remoteAddress``; nil for a peer that has come by itself, or through
    /// a proxy that is not trusted or told nothing.
    public let proxyAddress: String?
    /// The sub-protocol that both sides agreed on (RFC 6455, 1.9); nil for none.
    public let subprotocol: String?
    /// Whether what is said here is sealed by TLS: by the server's own, or by that of a proxy in
    /// ``ServerConfiguration/trustedProxies`` that says so.
    public let isSecure: Bool
    /// The certificate that the client has shown; nil for none, as where ``ServerTLS/clientCertificates`` asks for
    /// none.
    public let clientCertificate: ClientCertificate?
    /// What the peer's packets are encoded in. On a path of raw messages, which has none, it is JSON: what is sent
    /// there and is neither text nor bytes is written in that.
    public let codec: Codec
    let form: WireForm

    /// What reaches more than one connection of its path. For the hubs of other paths, see ``server``.
    public let hub: Hub
    let context: ServerContext

    /// When the peer had connected.
    public let connectedAt: Timestamp
    /// Which of the states it is in, by their order.
    let stage = Atomic(0)

    package let loop: EventLoop
    /// The attributes; nothing for a connection that has set none.
    let session = AtomicLazyReference<SessionAttributes>()
    /// The metadata; nothing for a connection that has set none.
    let metadataStorage = AtomicLazyReference<SessionAttributes>()
    let core: LoopBound<ServerConnection>
    /// What was said of it in particular; nothing for most.
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
        let socket = core.link.socket
        isSecure = socket.isSecured || peer.scheme == "https"
        clientCertificate = socket.tls?.peerCertificate.map { ClientCertificate($0) }
        codec = core.codec
        form = core.form
        hub = core.hub
        context = core.serverLoop.context
        let now = WallClock.now
        connectedAt = Timestamp(seconds: now.seconds, nanoseconds: now.nanoseconds)
        self.loop = loop
        self.core = LoopBound(core, loop: loop)
    }

    /// The server that the connection belongs to, such as for the hub of another path, ``WebSocketServer/hub(at:)``. Nil
    /// only if the program has not kept the server.
    public var server: WebSocketServer? { context.server }

    /// Sends a value as the data of a custom packet (Protocol.md, "Packets"); on a path of raw messages as it is: a
    /// `String` as a text message, `[UInt8]` as a binary one, anything else as JSON in a text message.
    ///
    /// It returns at once: the packet leaves at the end of the loop's turn, or when the peer has read what was sent
    /// before. What one task sends leaves in order, and nothing of it is dropped: a peer that has let more than
    /// ``Limits/outboundQueue`` gather is disconnected with 1013.
    /// - Throws: `EncodingError` for what cannot travel, such as NaN in JSON; then nothing is sent.
    public func send(_ value: some Encodable & Sendable) throws {
        // On its own: encoding runs the value's code, which may send too.
        var message = ByteBuffer()
        let kind = try form.write(value, into: &message)
        push(kind, message.array)
    }

    /// Sends a raw message, for peers that speak no packets; else as for a value.
    public func send(_ message: Message) {
        switch message {
        case .text(let text): push(.text, Array(text.utf8))
        case .binary(let bytes): push(.binary, bytes)
        }
    }

    /// Begins the closing handshake (RFC 6455, 7.1.2); harmless when the connection is closing.
    /// - Parameters:
    ///   - code: what the peer is told; not 1005, 1006 or 1015, which cannot be sent.
    ///   - reason: at most 123 bytes of UTF-8; a longer one is cut at a character.
    public func close(_ code: CloseCode = .normal, reason: String = "") {
        perform { $0.close(code, reason: reason) }
    }

    /// Begins the closing handshake, with a word on whether and when to come back (Protocol.md, "Reconnection");
    /// harmless when the connection is closing.
    /// - Parameters:
    ///   - code: what the peer is told; not 1005, 1006 or 1015, which cannot be sent.
    ///   - reason: at most 91 bytes of UTF-8; a longer one is cut at a character.
    ///   - advice: is appended to the reason.
    public func close(_ code: CloseCode, reason: String = "", advice: ReconnectAdvice) {
        close(code, reason: ConnectionClosure(code, reason: reason, advice: advice).reason)
    }

    /// Writes a line to the server's log.
    func log(_ level: Log.Level, _ cause: LogCause, burst: Int = 1, _ line: String) {
        perform { $0.log(level, cause, burst: burst, line) }
    }

    /// - Parameter kind: nil for what this connection's packets are sent in.
    func push(_ kind: MessageKind?, _ bytes: [UInt8]) {
        perform { $0.push(kind, bytes) }
    }
}

extension Connection {
    /// Runs something on the connection's loop: at once where the caller is on it, else soon.
    func perform(_ work: @escaping @Sendable (ServerConnection) -> Void) {
        loop.perform { [core] in work(core.value) }
    }

    /// Whether its session attributes satisfy a predicate; one that fails is not satisfied.
    func satisfies(_ predicate: SessionCondition) -> Bool {
        do {
            return try predicate.holds(for: self)
        } catch {
            perform { $0.serverLoop.logFailure(of: predicate, error) }
            return false
        }
    }
}
