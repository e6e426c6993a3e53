/// Why a client could not connect, or why a call or a message of its got no answer.
///
/// An answer that is an error is an ``RPCError`` instead.
public struct ClientError: Error, Sendable, Hashable {
    /// The kinds of client errors; more may come, so a `switch` over them needs a `default`.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name as the command line prints it.
        public let description: String

        /// The URL is not a `ws:` or `wss:` one with a host, or carries what a URL cannot.
        public static let invalidURL = Code(description: "invalidURL")
        /// A setting of the client or of a call is out of its range; nothing was sent.
        public static let invalidConfiguration = Code(description: "invalidConfiguration")
        /// No connection could be made: no such host, refused, unreachable, timed out.
        public static let cannotConnect = Code(description: "cannotConnect")
        /// The HTTP proxy opened no way to the server; see ``ClientError/httpStatus`` for what it answered, if it did.
        public static let proxyRefused = Code(description: "proxyRefused")
        /// The server answered the upgrade with an HTTP status other than 101; see ``ClientError/httpStatus``.
        public static let upgradeRefused = Code(description: "upgradeRefused")
        /// The server's certificate is not to be trusted; see ``ClientError/certificateFault``.
        public static let untrustedCertificate = Code(description: "untrustedCertificate")
        /// The connection could not be secured for another reason than the server's certificate: one side does not
        /// speak TLS, or the server wants a certificate of the client.
        public static let tlsFailed = Code(description: "tlsFailed")
        /// What answered is no WebSocket server, or broke RFC 6455 in the handshake.
        public static let handshakeFailed = Code(description: "handshakeFailed")
        /// The client is not connected (not yet, or no more): nothing was sent.
        public static let notConnected = Code(description: "notConnected")
        /// The connection ended while the call waited; ``ClientError/delivery`` says whether the method may have run.
        public static let connectionLost = Code(description: "connectionLost")
        /// The call's time ran out, be it the client or the server that noticed first; ``ClientError/delivery`` says
        /// whether the method may have run, or may be running.
        public static let timedOut = Code(description: "timedOut")
        /// The reply is not of the type that was asked for: a stream for one result, one result for a stream, or a
        /// value of another type. Or it has text that is refused; see Protocol.md, "Text".
        public static let unexpectedReply = Code(description: "unexpectedReply")
        /// What was to be sent cannot be put into a packet, or is not what this client's dialect carries.
        public static let cannotEncode = Code(description: "cannotEncode")
        /// A call or a message exceeds a limit of the server, which would have refused it; nothing was sent. See
        /// ``ClientError/exceededLimit`` for the numbers, and Protocol.md, "Hello".
        public static let requestTooLarge = Code(description: "requestTooLarge")
        /// The server is shutting down and did not run the call, and the client does not connect again, or keeps no
        /// calls for later (``ClientConfiguration/offlineQueue``); see ``ClientError/retryAfter``.
        public static let shuttingDown = Code(description: "shuttingDown")
        /// A stream's server heeds no credit, and sent far more than the consumer has taken; the stream was aborted.
        public static let streamOverflow = Code(description: "streamOverflow")
        /// There is no connection, and as many calls and messages wait for one as may; nothing was sent. See
        /// ``ClientConfiguration/offlineQueue``.
        public static let queueFull = Code(description: "queueFull")
        /// A call or a message waited for a connection longer than it was to live.
        public static let expired = Code(description: "expired")
        /// A `subscribe` or `join` waited for a connection, and a later `unsubscribe` or `leave` has ended all that it
        /// asks for.
        public static let superseded = Code(description: "superseded")
        /// Two tasks asked one iterator for its next element at a time; the first goes on.
        public static let concurrentIteration = Code(description: "concurrentIteration")
    }

    /// Whether the server can have got what was sent, and so whether sending it again is safe.
    public enum Delivery: Sendable, Hashable {
        /// It never left this process as a whole, so that the server cannot have acted on it: sending it again is safe.
        case notSent
        /// It was handed to the system: the method may have run, may be running, or the request may have been lost on
        /// its way. Sending it again is safe only where running the method twice does no harm.
        case maybeExecuted
    }

    /// What kind of error it is.
    public var code: Code
    /// One line with the particulars.
    public var message: String
    /// The HTTP status of a refused upgrade, or of a proxy's refusal.
    public var httpStatus: Int?
    /// How long the server asks the client to wait: if it refused an upgrade with `Retry-After` in seconds or as a date,
    /// from zero to a week; or if it is shutting down.
    public var retryAfter: Duration?
    /// What is wrong with the server's certificate, with `untrustedCertificate`.
    public var certificateFault: CertificateFault?
    /// The server's limit that was exceeded, with `requestTooLarge`.
    public var exceededLimit: ExceededLimit?
    /// How the connection ended, where its end is the reason.
    public var closure: ConnectionClosure?
    /// Whether what was to be sent can have reached the server: with `connectionLost`, `timedOut`, `notConnected`,
    /// `queueFull`, `expired`, `superseded`, `invalidConfiguration`, `cannotEncode`, `requestTooLarge`, `shuttingDown`
    /// and `streamOverflow`, of a call, a stream or a message; nil for all else, as for a `receive()`.
    ///
    /// Exact where the connection has ended: a request whose last byte the system has not taken is `notSent`.
    public var delivery: Delivery?

    package init(
        _ code: Code, _ message: String, httpStatus: Int? = nil, closure: ConnectionClosure? = nil,
        delivery: Delivery? = nil
    ) {
        self.code = code
        self.message = message
        self.httpStatus = httpStatus
        self.closure = closure
        let sendsNothing = [
            .notConnected, .invalidConfiguration, .cannotEncode, .queueFull, .expired, .requestTooLarge, .shuttingDown,
        ].contains(code)
        self.delivery = delivery ?? (sendsNothing ? .notSent : nil)
    }
}

extension ClientError {
    static let notConnected = ClientError(.notConnected, "the client is not connected", delivery: .notSent)

    package init(_ excess: ExceededLimit) {
        self.init(.requestTooLarge, "\(excess)")
        exceededLimit = excess
    }

    static func lost(_ closure: ConnectionClosure, _ delivery: Delivery? = nil) -> ClientError {
        ClientError(.connectionLost, "the connection ended: \(closure)", closure: closure, delivery: delivery)
    }

    static func queueFull(_ limits: OfflineQueueLimits) -> ClientError {
        ClientError(
            .queueFull, "no connection, and \(limits.items) messages or \(limits.bytes) bytes wait for one already")
    }

    static func expired(_ time: Duration) -> ClientError {
        ClientError(.expired, "no connection within \(time)")
    }

    static func timedOut(_ timeout: Duration, _ delivery: Delivery) -> ClientError {
        ClientError(.timedOut, "no reply within \(timeout)", delivery: delivery)
    }
}

extension ClientError: CustomStringConvertible {
    /// The code's name and the message, with control characters escaped.
    public var description: String { "\(code): \(message)".escapingControlCharacters }
}
