/// The settings of a client that have a default.
public struct ClientConfiguration: Sendable {
    /// What a client speaks.
    public enum Dialect: Sendable {
        /// Packets in MessagePack, under the sub-protocol `webshocket.v1`.
        case messagePack
        /// Packets in JSON, as a browser speaks them.
        case json
        /// Raw text and binary messages, no packets and no calls.
        case messages
    }

    /// The way to the server. A server on a Unix-domain socket is always reached directly.
    public enum Proxy: Sendable, Hashable {
        /// Through what the environment names at the time of the connect: `http_proxy` for `ws`, `https_proxy` or
        /// `HTTPS_PROXY` for `wss`, else `all_proxy` or `ALL_PROXY`; but not to what `no_proxy` or `NO_PROXY` lists
        /// (`*`, names with all below them, addresses and networks such as `10.0.0.0/8`, each but the last with
        /// `:port` if need be), and never to this machine.
        case environment
        /// Directly.
        case none
        /// Through an HTTP proxy, which is asked to CONNECT (RFC 9110, 9.3.6): `http://user:password@proxy:3128`.
        /// User and password are percent-encoded and sent as the URL has them; 80 stands for no port.
        case http(String)
    }

    /// What the client speaks.
    public var dialect = Dialect.messagePack
    /// More headers for the upgrade request, such as `Authorization`.
    public var headers = HTTPHeaders()
    /// Sub-protocols to offer besides the dialect's own, in order of preference (RFC 6455, 1.9); each a token, and none
    /// twice.
    public var subprotocols: [String] = []
    /// Whether to go through a proxy, and which.
    public var proxy = Proxy.environment
    /// Whom the client trusts on `wss:` connections, and who it is.
    public var tls = ClientTLS()
    /// permessage-deflate (RFC 7692); nil, the default, does not offer it.
    public var compression: CompressionOptions?
    /// Bytes of one received message; a larger one closes the connection with 1009.
    public var messageSize = 16_777_216
    /// Fragments of one received message; more close the connection with 1008.
    public var fragments = 65_536
    /// Values and keys of one packet, for a server that does not tell its own limit (Protocol.md, "Hello"). A call or a
    /// message with more fails with ``ClientError/Code/requestTooLarge`` before it is sent. The default is that of
    /// ``Limits/elements``.
    public var requestElements = 65_536
    /// How many received packets wait for ``WebSocketClient/receive()``, at least 1. At this many, reading pauses while
    /// no call waits for its reply. At eight times as many, the oldest are dropped if nothing was ever received from
    /// this client, so that its calls go on; ``ClientStatistics/packetsDropped`` counts them. Otherwise the connection
    /// is closed with 1008 and replaced after a pause, so that no packet is missed without notice.
    public var inboxSize = 1_024
    /// Bytes of the messages of received packets that wait for ``WebSocketClient/receive()``, at least 1. At this many,
    /// and at eight times as many, the same happens as for ``inboxSize``.
    public var inboxBytes = 33_554_432
    /// How many elements of a stream may wait for its consumer unless the call says otherwise, 1 to 65,536: the server
    /// is given credit for as many, and for more when half of them are taken. Of a server that heeds no credit as many
    /// may wait before reading pauses while nothing else waits for the server; at eight times the larger of this and
    /// ``inboxSize`` the stream ends with ``ClientError/Code/streamOverflow``. See Protocol.md, "Streams".
    public var streamWindow = 64
    /// Headers that are asked for anew for each try to connect, such as an `Authorization` that expires; they go before
    /// those of ``headers``. It may take as long as ``connectTimeout``; when it throws, the try has failed.
    public var credentials: (@Sendable () async throws -> HTTPHeaders)?
    /// The token that is sent first on each new connection, for servers whose ``Authentication`` takes one; it is asked
    /// for anew each time. Not for clients of raw messages. A server that does not know of tokens is taken as it is.
    /// See Protocol.md, "Authentication".
    ///
    /// If the admission expires, the closure is also asked for another token in time, which renews the admission on the
    /// same connection: one to two minutes before the expiry, or a quarter to a half of a lifetime below four minutes. A
    /// failed renewal is tried again after pauses that grow like those of ``reconnect``, while time is left; see
    /// ``ClientEvent/renewalFailed(because:pause:)``.
    ///
    /// It may take as long as ``connectTimeout``, the server's answer included. When it throws, the try has failed; so
    /// it has with the ``RPCError`` of a server that refuses the token, ``RPCErrorCode/accessDenied`` for most. That is
    /// the end after one more try, for which the closure may know a better one.
    public var token: (@Sendable () async throws -> String)?
    /// What is to be done first on each new connection, behind the ``token``, such as a login by a call. Until it
    /// returns, only what it sends itself, from its own task or that one's children, is sent on the connection; all
    /// else waits, and the client does not count as connected.
    ///
    /// It may take as long as ``connectTimeout``. When it throws, the connection is closed, and the try has failed: for
    /// good with an ``RPCError`` that no time heals.
    public var prepare: (@Sendable (WebSocketClient) async throws -> Void)?
    /// What is done when a connection that was open ends without either side having meant it to, or with advice to come
    /// back: by default the client connects again, for as long as it takes. Subscriptions and rooms that were asked for
    /// are asked for again. See Protocol.md, "Reconnection".
    public var reconnect = RetryPolicy.exponential()
    /// What is kept of calls and messages while the client connects, or waits to.
    public var offlineQueue = OfflineQueueLimits()
    /// The time for a try to connect, from the name lookup to the end of the handshake. The client waits as long again
    /// for the answer to the hello; without one it goes on with default limits.
    public var connectTimeout: Duration = .seconds(10)
    /// How long a call waits for its reply unless it says otherwise; nil for ``CallTimeout/never``. The
    /// server is told, and cancels a call whose time has run out. See Protocol.md, "Deadlines".
    public var callTimeout: Duration? = .seconds(30)
    /// From our close frame to the server's; then the connection is dropped.
    public var closeTimeout: Duration = .seconds(5)
    /// The time after which an admission that expires is renewed; nil to renew it in good time before its expiry. For
    /// tests, which do not wait for that.
    package var renewalDelay: Duration?
    /// How long a server that shuts down may take to close a connection, beyond the calls in flight there.
    package var farewellTimeout: Duration = .seconds(15)
    /// How a server that is gone without a word is found out; the connection then ends with ``CloseCode/abnormal``. Nil
    /// to leave that to TCP. After a longer silence than it allows, as when the process was suspended, everything that
    /// is sent is held until the server has answered a ping.
    public var heartbeat: Heartbeat? = Heartbeat()
    /// Where the client tells an operator of connections that it has, has lost and cannot make; nowhere by default. The
    /// errors of ``credentials`` and ``prepare`` are named by their types alone: what they say may be secret.
    public var log = Log.silent

    /// Makes a configuration that differs from the defaults in what is given.
    public init(dialect: Dialect = .messagePack, headers: HTTPHeaders = HTTPHeaders()) {
        self.dialect = dialect
        self.headers = headers
    }

    /// - Throws: ``ClientError`` that names the first setting out of its range.
    func check() throws(ClientError) {
        for (name, number) in [
            ("messageSize", messageSize), ("fragments", fragments), ("inboxSize", inboxSize),
            ("inboxBytes", inboxBytes),
            ("requestElements", requestElements),
        ]
        where number < 1 {
            throw ClientError(.invalidConfiguration, "\(name) is to be 1 or more, not \(number)")
        }
        let offered = dialect.subprotocols + subprotocols
        guard subprotocols.allSatisfy(\.isToken), Set(offered).count == offered.count else {
            throw ClientError(
                .invalidConfiguration,
                "subprotocols are to be tokens (RFC 9110, 5.6.2), each once, and not the dialect's")
        }
        if token != nil, dialect.wire == nil {
            throw ClientError(.invalidConfiguration, "a client of raw messages sends no token")
        }
        try Self.check(window: streamWindow, "streamWindow")
        try reconnect.check("reconnect")
        try offlineQueue.check()
        let times = [
            ("connectTimeout", connectTimeout), ("callTimeout", callTimeout ?? .seconds(1)),
            ("closeTimeout", closeTimeout),
        ]
        for (name, time) in times where time <= .zero {
            throw ClientError(.invalidConfiguration, "\(name) is to be positive, not \(time)")
        }
        if let flaw = heartbeat?.flaw { throw ClientError(.invalidConfiguration, flaw) }
    }

    static func check(window: Int, _ name: String) throws(ClientError) {
        guard (1...65_536).contains(window) else {
            throw ClientError(.invalidConfiguration, "\(name) is to be 1 to 65536, not \(window)")
        }
    }
}

extension ClientConfiguration.Proxy: CustomStringConvertible, CustomDebugStringConvertible {
    /// Without the URL of a proxy, which may hold a password.
    public var description: String {
        switch self {
        case .environment: "environment"
        case .none: "none"
        case .http: "http"
        }
    }

    /// As the description.
    public var debugDescription: String { description }
}

extension ClientConfiguration.Dialect {
    /// What it offers by itself.
    var subprotocols: [String] {
        switch self {
        case .messagePack: [Subprotocol.messagePack]
        case .json: [Subprotocol.json]
        case .messages: []
        }
    }

    /// What its packets travel in; nil for raw messages.
    var wire: (MessageKind, Codec)? {
        switch self {
        case .messagePack: (.binary, .messagePack)
        case .json: (.text, .json)
        case .messages: nil
        }
    }
}
