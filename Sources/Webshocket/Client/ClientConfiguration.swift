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
    /// permessage-deflate (RFC 7692); nil, the default, does not offer it.
    public var compression: CompressionOptions?
    /// Bytes of one received message; a larger one closes the connection with 1009.
    public var messageSize = 16_777_216
    /// Fragments of one received message; more close the connection with 1008.
    public var fragments = 65_536
    /// How many received packets wait for ``WebSocketClient/receive()``, at least 1. When they are as many, reading
    /// pauses while no call waits for its reply; when they are eight times as many, the connection is closed with 1008.
    public var inboxSize = 1_024
    /// From the begin of `connect` to the end of the handshake.
    public var connectTimeout: Duration = .seconds(10)
    /// How long a call waits for its reply unless it says otherwise; nil for as long as the connection lives.
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
        for (name, number) in [("messageSize", messageSize), ("fragments", fragments), ("inboxSize", inboxSize)]
        where number < 1 {
            throw ClientError(.invalidConfiguration, "\(name) is to be 1 or more, not \(number)")
        }
        for (name, time) in [("connectTimeout", connectTimeout), ("closeTimeout", closeTimeout)] where time <= .zero {
            throw ClientError(.invalidConfiguration, "\(name) is to be positive, not \(time)")
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
