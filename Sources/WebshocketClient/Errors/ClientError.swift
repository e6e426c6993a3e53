/// The reason why a client could not connect, or why a call or a message failed without a response.
///
/// If the server answers a call with an error, the client throws an ``RPCError`` instead.
public struct ClientError: Error, Sendable, Hashable {
    /// The kinds of client errors. More may be added, so a `switch` over them needs a `default`.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name that the command line prints.
        public let description: String

        /// The URL is malformed, has no host, or has a scheme other than `ws` or `wss`.
        public static let invalidURL = Code(description: "invalidURL")
        /// A setting of the client or of a call is out of range. Nothing was sent.
        public static let invalidConfiguration = Code(description: "invalidConfiguration")
        /// The connection could not be established: the host is unknown or unreachable, refused it, or timed out.
        public static let cannotConnect = Code(description: "cannotConnect")
        /// The HTTP proxy did not open a tunnel to the server. See ``ClientError/httpStatus`` for the proxy's
        /// response, if there was one.
        public static let proxyRefused = Code(description: "proxyRefused")
        /// The server answered the upgrade request with a status other than 101; see ``ClientError/httpStatus``.
        public static let upgradeRefused = Code(description: "upgradeRefused")
        /// The server's certificate is not trusted; see ``ClientError/certificateFault``.
        public static let untrustedCertificate = Code(description: "untrustedCertificate")
        /// The TLS handshake failed for a reason other than the server's certificate. For example, the server does not
        /// support TLS, or requires a client certificate.
        public static let tlsFailed = Code(description: "tlsFailed")
        /// The peer is not a WebSocket server, or its handshake violates RFC 6455.
        public static let handshakeFailed = Code(description: "handshakeFailed")
        /// The client is not connected, either not yet or no longer. Nothing was sent.
        public static let notConnected = Code(description: "notConnected")
        /// The connection ended while the call was in flight; ``ClientError/delivery`` says whether the method may have
        /// run.
        public static let connectionLost = Code(description: "connectionLost")
        /// The call timed out, on the client or on the server. ``ClientError/delivery`` says whether the method may
        /// have run, or may still be running.
        public static let timedOut = Code(description: "timedOut")
        /// The response does not have the expected type: a stream instead of a single result, a single result instead
        /// of a stream, or a value of another type. Also thrown for text that is not accepted; see Protocol.md, "Text".
        public static let unexpectedReply = Code(description: "unexpectedReply")
        /// The value cannot be encoded in a packet, or the client's codec does not support it.
        public static let cannotEncode = Code(description: "cannotEncode")
        /// The call or the message exceeds a limit of the server. Nothing was sent, because the server would have
        /// refused it. See ``ClientError/exceededLimit`` for the numbers, and Protocol.md, "Hello".
        public static let requestTooLarge = Code(description: "requestTooLarge")
        /// The server is shutting down and did not run the call, and the client cannot retry it: it does not reconnect,
        /// or does not queue calls (``ClientConfiguration/offlineQueue``). See ``ClientError/retryAfter``.
        public static let shuttingDown = Code(description: "shuttingDown")
        /// The server ignored a stream's credit and sent far more elements than the consumer has taken. The stream was
        /// aborted.
        public static let streamOverflow = Code(description: "streamOverflow")
        /// The client is not connected, and its queue of pending calls and messages is full. Nothing was sent. See
        /// ``ClientConfiguration/offlineQueue``.
        public static let queueFull = Code(description: "queueFull")
        /// The call or the message waited for a connection for longer than its time to live.
        public static let expired = Code(description: "expired")
        /// A `subscribe` or `join` was waiting for a connection when a later `unsubscribe` or `leave` cancelled all of
        /// its channels.
        public static let superseded = Code(description: "superseded")
        /// Two tasks called `next()` on one iterator at the same time. The first call continues.
        public static let concurrentIteration = Code(description: "concurrentIteration")
    }

    /// Whether the server may have received a request, which decides whether it is safe to retry.
    public enum Delivery: Sendable, Hashable {
        /// The request was not handed to the operating system in full, so the server cannot have acted on it. It is
        /// safe to retry.
        case notSent
        /// The request was handed to the operating system. The method may have run or still be running, or the request
        /// may have been lost. It is safe to retry only if the method is idempotent.
        case maybeExecuted
    }

    /// The kind of error.
    public var code: Code
    /// The details, in one line.
    public var message: String
    /// The HTTP status with which the server refused the upgrade, or the proxy refused the tunnel.
    public var httpStatus: Int?
    /// The time that the server asks the client to wait, from zero to a week.
    ///
    /// Set if the server refused the upgrade with a `Retry-After` header, in seconds or as a date, or is shutting down.
    public var retryAfter: Duration?
    /// The fault of the server's certificate; set with `untrustedCertificate`.
    public var certificateFault: CertificateFault?
    /// The server's limit that was exceeded; set with `requestTooLarge`.
    public var exceededLimit: ExceededLimit?
    /// The closure of the connection, if that is the reason for the error.
    public var closure: ConnectionClosure?
    /// Whether the call, the stream or the message may have reached the server; nil for other operations, such as
    /// `receive()`.
    ///
    /// Set with `connectionLost`, `timedOut`, `notConnected`, `queueFull`, `expired`, `superseded`,
    /// `invalidConfiguration`, `cannotEncode`, `requestTooLarge`, `shuttingDown` and `streamOverflow`.
    ///
    /// If the connection has ended, the value is exact: a request is `notSent` unless the operating system has accepted
    /// its last byte.
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
            .queueFull, "not connected, and the queue is full: at most \(limits.items) messages, \(limits.bytes) bytes")
    }

    static func expired(_ time: Duration) -> ClientError {
        ClientError(.expired, "no connection within \(time)")
    }

    static func timedOut(_ timeout: Duration, _ delivery: Delivery) -> ClientError {
        ClientError(.timedOut, "no reply within \(timeout)", delivery: delivery)
    }
}

extension ClientError: CustomStringConvertible {
    /// The name of the code and the message, with control characters escaped.
    public var description: String { "\(code): \(message)".escapingControlCharacters }
}
