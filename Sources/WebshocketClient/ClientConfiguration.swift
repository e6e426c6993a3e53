import EventLoops

/// The optional settings of a client.
public struct ClientConfiguration: Sendable {
    /// How the client reaches the server. A server on a Unix-domain socket is always connected to directly.
    public enum Proxy: Sendable, Hashable {
        /// Uses the proxy from the environment variables, which are read on each connect.
        ///
        /// For `ws` the variable is `http_proxy`; for `wss` it is `https_proxy` or `HTTPS_PROXY`. The fallback for both
        /// is `all_proxy` or `ALL_PROXY`.
        ///
        /// The client connects directly to this machine and to the hosts in `no_proxy` or `NO_PROXY`. That list takes
        /// `*`, host names (which include all subdomains), addresses, and networks such as `10.0.0.0/8`. A host name or
        /// an address may end with `:port`.
        case environment
        /// Connects directly.
        case none
        /// Connects through an HTTP proxy with CONNECT (RFC 9110, section 9.3.6), for example
        /// `http://user:password@proxy:3128`. User and password must be percent-encoded. The default port is 80.
        case http(String)
    }

    /// How the client encodes packets; ``RawWebSocketClient`` ignores it.
    public var codec = PacketCodec.messagePack
    /// Whether the client sends and receives raw messages, and no packets.
    package var isRaw = false
    /// More headers for the upgrade request, such as `Authorization`.
    public var headers = HTTPHeaders()
    /// Additional subprotocols to offer, in order of preference (RFC 6455, section 1.9). They must be distinct tokens
    /// and must not include the subprotocol of the codec.
    public var subprotocols: [String] = []
    /// The proxy to connect through.
    public var proxy = Proxy.environment
    /// The trusted certificates and the client certificate for `wss:` connections.
    public var tls = ClientTLS()
    /// The options for permessage-deflate (RFC 7692). With nil, the default, the client does not offer compression.
    public var compression: CompressionOptions?
    /// The maximum size of a received message in bytes. A larger message closes the connection with 1009.
    public var messageSize = 16_777_216
    /// The maximum number of fragments of a received message. More fragments close the connection with 1008.
    public var fragments = 65_536
    /// The maximum number of values and keys in a sent packet, for servers that do not announce a limit (Protocol.md,
    /// "Hello").
    ///
    /// A call or a message that exceeds it fails with ``ClientError/Code/requestTooLarge`` before it is sent. The
    /// default is equal to the default of ``ServerLimits/elements``.
    public var requestElements = 65_536
    /// The maximum number of received packets that wait for ``WebSocketClient/receive()``; at least 1.
    ///
    /// When the inbox is full, the client stops reading from the connection, except while a call waits for its
    /// response. At eight times this number, the client acts as follows:
    /// - If the application has never received a packet from this client, the oldest packets are dropped, and calls
    ///   continue. ``ClientStatistics/packetsDropped`` counts the dropped packets.
    /// - Otherwise, the connection is closed with 1008, and the client reconnects after a pause. The application thus
    ///   learns that packets may be missing.
    public var inboxSize = 1_024
    /// The maximum size in bytes of the received packets that wait for ``WebSocketClient/receive()``; at least 1. At
    /// this size and at eight times this size, the client acts as it does for ``inboxSize``.
    public var inboxBytes = 33_554_432
    /// The default credit of a stream: how many elements may wait for the consumer, 1 to 65,536.
    ///
    /// The server gets credit for this many elements, and more credit when the consumer has taken half of them. If a
    /// server ignores credit, the client stops reading at this many elements, unless something else waits for the
    /// server. At eight times the larger of this number and ``inboxSize``, the stream ends with
    /// ``ClientError/Code/streamOverflow``. See Protocol.md, "Streams".
    public var streamCredit = 64
    /// A closure that returns headers for each connection attempt, such as an `Authorization` header that expires.
    ///
    /// Its headers take precedence over those in ``headers``. The attempt fails if the closure throws, or takes longer
    /// than ``connectTimeout``.
    public var credentials: (@Sendable () async throws -> HTTPHeaders)?
    /// A closure that returns the authentication token for each new connection, for servers with ``Authentication``.
    ///
    /// The token is the first message on the connection. A server that does not support tokens is accepted. Clients of
    /// raw messages cannot send tokens. See Protocol.md, "Authentication".
    ///
    /// If the admission that a token grants expires, the client calls the closure again in time and renews the
    /// admission on the same connection. It starts one to two minutes before the expiry. If the lifetime is below four
    /// minutes, it starts when a quarter to a half of the lifetime is left. A failed renewal is retried while time is
    /// left, with growing pauses as in ``reconnect``; see ``ClientEvent/renewalFailed(error:delay:)``.
    ///
    /// The closure and the server's answer together may take ``connectTimeout``. The connection attempt fails if the
    /// closure throws, or if the server refuses the token. The error of a refusal is the server's ``RPCError``, usually
    /// with ``RPCErrorCode/accessDenied``. After a refusal, a client that reconnects, or connects with `retry`, makes
    /// one more attempt, because the closure may return a newer token, and then stops.
    public var token: (@Sendable () async throws -> String)?
    /// A closure that prepares each new connection after the ``token`` was accepted, for example with a login call.
    ///
    /// Until it returns, the connection carries only the messages that the closure sends from its own task or child
    /// tasks. Everything else waits, and the client does not count as connected.
    ///
    /// If it throws or takes longer than ``connectTimeout``, the connection is closed and the attempt fails. The client
    /// does not retry if the error is an ``RPCError`` that a retry cannot resolve.
    public var prepare: (@Sendable (WebSocketClient) async throws -> Void)?
    /// The policy for reconnecting if an open connection is lost, or closed by the server with advice to reconnect.
    ///
    /// By default, the client reconnects without a limit on attempts. It then restores its subscriptions and rooms. See
    /// Protocol.md, "Reconnection".
    public var reconnect = RetryPolicy.exponential()
    /// The limits for calls and messages that are queued while the client is connecting or waiting to reconnect.
    public var offlineQueue = OfflineQueueLimits()
    /// The timeout of a connection attempt, from the name lookup to the end of the handshake.
    ///
    /// The client then waits up to the same time for the server's answer to the hello. If none arrives, it continues
    /// with default limits.
    public var connectTimeout: Duration = .seconds(10)
    /// The default timeout of a call; nil for ``CallTimeout/never``. The server receives the timeout and cancels the
    /// call when it expires. See Protocol.md, "Deadlines".
    public var callTimeout: Duration? = .seconds(30)
    /// How long the client waits for the server's close frame after sending its own. Then the connection is dropped.
    public var closeTimeout: Duration = .seconds(5)
    /// A fixed delay before the admission is renewed, for tests. With nil, the client renews it shortly before it
    /// expires.
    package var renewalDelay: Duration?
    /// The network that the client connects over, which tests can replace.
    package var network = Network.system
    /// How long a server that is shutting down may take to close a connection. Calls in flight extend this time.
    package var farewellTimeout: Duration = .seconds(15)
    /// How the client detects that the server is gone. The connection then ends with ``CloseCode/abnormal``. With nil,
    /// detection is left to TCP.
    ///
    /// If the connection was silent for longer than the heartbeat allows, for example while the process was suspended,
    /// the client sends a ping. It holds everything else until the server answers.
    public var heartbeat: Heartbeat? = Heartbeat()
    /// The log for connections that were opened, lost or could not be made; silent by default.
    ///
    /// Errors that ``credentials``, ``token`` and ``prepare`` throw are logged by their type only, because their text
    /// may contain secrets.
    public var log = LogSink.silent

    /// Creates a configuration. Settings that are not parameters have their defaults and can be changed afterwards.
    /// - Parameters:
    ///   - codec: How the client encodes packets.
    ///   - headers: Additional headers of the upgrade request.
    ///   - token: Returns the token that authenticates each new connection; nil if the server does not require one.
    ///   - prepare: Prepares each new connection before it counts as open; nil for nothing to do.
    ///   - reconnect: When to reconnect after the connection is lost.
    ///   - callTimeout: How long a call waits for its response; positive, or nil for no limit.
    ///   - tls: The certificates for `wss:` connections.
    ///   - log: Receives lines for the operator.
    public init(
        codec: PacketCodec = .messagePack, headers: HTTPHeaders = HTTPHeaders(),
        token: (@Sendable () async throws -> String)? = nil,
        prepare: (@Sendable (WebSocketClient) async throws -> Void)? = nil,
        reconnect: RetryPolicy = .exponential(), callTimeout: Duration? = .seconds(30), tls: ClientTLS = ClientTLS(),
        log: LogSink = .silent
    ) {
        self.codec = codec
        self.headers = headers
        self.token = token
        self.prepare = prepare
        self.reconnect = reconnect
        self.callTimeout = callTimeout
        self.tls = tls
        self.log = log
    }

    /// Checks that every setting is in its range.
    /// - Throws: ``ClientError`` that names the first invalid setting.
    func check() throws(ClientError) {
        for (name, number) in [
            ("messageSize", messageSize), ("fragments", fragments), ("inboxSize", inboxSize),
            ("inboxBytes", inboxBytes),
            ("requestElements", requestElements),
        ]
        where number < 1 {
            throw ClientError(.invalidConfiguration, "\(name) must be at least 1 (got \(number))")
        }
        let offered = packetSubprotocols + subprotocols
        guard subprotocols.allSatisfy(\.isToken), Set(offered).count == offered.count else {
            throw ClientError(
                .invalidConfiguration,
                "subprotocols must be distinct tokens (RFC 9110, 5.6.2) and not include one of the framework's own")
        }
        if token != nil, isRaw {
            throw ClientError(.invalidConfiguration, "a client of raw messages cannot send a token")
        }
        try Self.check(credit: streamCredit, "streamCredit")
        try reconnect.check("reconnect")
        try offlineQueue.check()
        let times = [
            ("connectTimeout", connectTimeout), ("callTimeout", callTimeout ?? .seconds(1)),
            ("closeTimeout", closeTimeout),
        ]
        for (name, time) in times where time <= .zero {
            throw ClientError(.invalidConfiguration, "\(name) must be positive (got \(time))")
        }
        if let flaw = heartbeat?.flaw { throw ClientError(.invalidConfiguration, flaw) }
    }

    static func check(credit: Int, _ name: String) throws(ClientError) {
        guard (1...65_536).contains(credit) else {
            throw ClientError(.invalidConfiguration, "\(name) must be in 1...65536 (got \(credit))")
        }
    }
}

extension ClientConfiguration.Proxy: CustomStringConvertible, CustomDebugStringConvertible {
    /// The kind of proxy, without the URL, which may contain a password.
    public var description: String {
        switch self {
        case .environment: "environment"
        case .none: "none"
        case .http: "http"
        }
    }

    /// The kind of proxy, without the URL, which may contain a password.
    public var debugDescription: String { description }
}

extension ClientConfiguration {
    /// The subprotocols that the client offers for its packets.
    var packetSubprotocols: [String] {
        guard !isRaw else { return [] }
        return switch codec {
        case .messagePack: [Subprotocol.messagePack]
        case .json: [Subprotocol.json]
        }
    }

    /// The kind of frame and the codec of packets; nil for a client of raw messages.
    var wire: (MessageKind, PacketCodec)? {
        guard !isRaw else { return nil }
        return switch codec {
        case .messagePack: (.binary, .messagePack)
        case .json: (.text, .json)
        }
    }
}
