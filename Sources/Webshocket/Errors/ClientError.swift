/// Why a client could not connect, or why a call or a message of its got no answer.
///
/// An answer that is an error is an ``RPCError`` instead.
public struct ClientError: Error, Sendable, Hashable {
    /// The kinds of client errors; more may come, so a `switch` over them needs a `default`.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name as the command line prints it.
        public let description: String

        /// The URL is not a `ws:` one with a host, or carries what a URL cannot.
        public static let invalidURL = Code(description: "invalidURL")
        /// A setting of the client is out of its range.
        public static let invalidConfiguration = Code(description: "invalidConfiguration")
        /// No connection could be made: no such host, refused, unreachable, timed out.
        public static let cannotConnect = Code(description: "cannotConnect")
        /// The server answered the upgrade with an HTTP status other than 101; see ``ClientError/httpStatus``.
        public static let upgradeRefused = Code(description: "upgradeRefused")
        /// What answered is no WebSocket server, or broke RFC 6455 in the handshake.
        public static let handshakeFailed = Code(description: "handshakeFailed")
        /// The client is not connected (not yet, or no more): nothing was sent.
        public static let notConnected = Code(description: "notConnected")
        /// The connection ended while the call waited: the method may have run.
        public static let connectionLost = Code(description: "connectionLost")
        /// The call's time ran out: the method may have run, or may be running.
        public static let timedOut = Code(description: "timedOut")
        /// The reply is not of the type that was asked for.
        public static let unexpectedReply = Code(description: "unexpectedReply")
        /// What was to be sent cannot be put into a packet, or is not what this client's dialect carries.
        public static let cannotEncode = Code(description: "cannotEncode")
    }

    /// What kind of error it is.
    public var code: Code
    /// One line with the particulars.
    public var message: String
    /// The HTTP status of a refused upgrade.
    public var httpStatus: Int?
    /// How the connection ended, where its end is the reason.
    public var closure: ConnectionClosure?

    package init(_ code: Code, _ message: String, httpStatus: Int? = nil, closure: ConnectionClosure? = nil) {
        self.code = code
        self.message = message
        self.httpStatus = httpStatus
        self.closure = closure
    }

    static let notConnected = ClientError(.notConnected, "the client is not connected")

    static func lost(_ closure: ConnectionClosure) -> ClientError {
        ClientError(.connectionLost, "the connection ended: \(closure)", closure: closure)
    }
}

extension ClientError: CustomStringConvertible {
    /// The code's name and the message.
    public var description: String { "\(code): \(message)" }
}
