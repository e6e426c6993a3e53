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

    /// What the client speaks.
    public var dialect = Dialect.messagePack
    /// More headers for the upgrade request, such as `Authorization`.
    public var headers = HTTPHeaders()
    /// Whom the client trusts on `wss:` connections, and who it is.
    public var tls = ClientTLS()
    /// permessage-deflate (RFC 7692); nil, the default, does not offer it.
    public var compression: CompressionOptions?
    /// Bytes of one received message; a larger one closes the connection with 1009.
    public var messageSize = 16_777_216
    /// Fragments of one received message; more close the connection with 1008.
    public var fragments = 65_536
    /// Values and keys of one request; a call with more fails before it is sent. As many as a server takes unless it is
    /// set otherwise (``Limits/elements``).
    public var requestElements = 65_536
    /// How many received packets wait for ``WebSocketClient/receive()``, at least 1. When they are as many, reading
    /// pauses while no call waits for its reply; when they are eight times as many, the connection is closed with 1008.
    public var inboxSize = 1_024
    /// How many elements of a stream may wait for its consumer unless the call says otherwise, 1 to 65,536: the server
    /// is given credit for as many, and for more when half of them are taken. Of a server that heeds no credit as many
    /// may wait before reading pauses while nothing else waits for the server; at eight times the larger of this and
    /// ``inboxSize`` the stream ends with ``ClientError/Code/streamOverflow``. See Protocol.md, "Streams".
    public var streamWindow = 64
    /// From the start of `connect` to the end of the handshake.
    public var connectTimeout: Duration = .seconds(10)
    /// How long a call waits for its reply unless it says otherwise; nil for as long as the connection lives. The
    /// server is told, and cancels a call whose time has run out. See Protocol.md, "Deadlines".
    public var callTimeout: Duration? = .seconds(30)
    /// From our close frame to the server's; then the connection is dropped.
    public var closeTimeout: Duration = .seconds(5)

    /// Makes a configuration that differs from the defaults in what is given.
    public init(dialect: Dialect = .messagePack, headers: HTTPHeaders = HTTPHeaders()) {
        self.dialect = dialect
        self.headers = headers
    }

    /// - Throws: ``ClientError`` that names the first setting out of its range.
    func check() throws(ClientError) {
        for (name, number) in [
            ("messageSize", messageSize), ("fragments", fragments), ("inboxSize", inboxSize),
            ("requestElements", requestElements),
        ]
        where number < 1 {
            throw ClientError(.invalidConfiguration, "\(name) is to be 1 or more, not \(number)")
        }
        try Self.check(window: streamWindow, "streamWindow")
        let times = [
            ("connectTimeout", connectTimeout), ("callTimeout", callTimeout ?? .seconds(1)),
            ("closeTimeout", closeTimeout),
        ]
        for (name, time) in times where time <= .zero {
            throw ClientError(.invalidConfiguration, "\(name) is to be positive, not \(time)")
        }
    }

    static func check(window: Int, _ name: String) throws(ClientError) {
        guard (1...65_536).contains(window) else {
            throw ClientError(.invalidConfiguration, "\(name) is to be 1 to 65536, not \(window)")
        }
    }
}

extension ClientConfiguration.Dialect {
    /// What its packets travel in; nil for raw messages.
    var wire: (MessageKind, Codec)? {
        switch self {
        case .messagePack: (.binary, .messagePack)
        case .json: (.text, .json)
        case .messages: nil
        }
    }
}
