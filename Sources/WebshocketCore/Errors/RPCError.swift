/// The error response to a call: a method throws it, and `sendRPC` throws it in the caller.
///
/// If a method throws any other error, the caller receives ``RPCErrorCode/internalError`` with an error ID. The log
/// entry with the same ID has the details, which are not sent. An `RPCError` that a method received from another server
/// and rethrows is sent like any other `RPCError`. See Protocol.md, "Errors".
public struct RPCError: Error, Sendable, Hashable {
    /// The kind of error, for programs to compare.
    public var code: RPCErrorCode
    /// A description for people. It is sent to the caller unchanged.
    public var message: String
    /// Additional data for programs; nil if there is none. It is sent to the caller unchanged.
    public var data: WireValue?
    /// The time that the caller should wait before it retries, in whole milliseconds. The framework sets it with
    /// ``RPCErrorCode/rateLimited`` and ``RPCErrorCode/shuttingDown``.
    public var retryAfter: Duration?

    /// Creates an error with a code of the application or of the framework.
    ///
    ///     throw RPCError("no such seat", code: 4001, data: ["row": 7, "seat": 12])
    ///
    /// - Parameters:
    ///   - message: The text for the caller. Keep it short, and leave out details that the caller must not see.
    ///   - code: ``RPCErrorCode/applicationError`` by default. Codes of the application should be above 0.
    ///   - data: Additional data for the caller.
    ///   - retryAfter: The time to wait before a retry, rounded up to a millisecond.
    public init(
        _ message: String, code: RPCErrorCode = .applicationError, data: WireValue? = nil, retryAfter: Duration? = nil
    ) {
        self.code = code
        self.message = message
        self.data = data
        self.retryAfter = retryAfter
    }
}

extension RPCError: CustomStringConvertible {
    /// The name of the code, the message with control characters escaped, and ``retryAfter``.
    public var description: String {
        let text = "\(code.name): \(message)".escapingControlCharacters
        return retryAfter.map { "\(text) (retry after \($0.inSeconds))" } ?? text
    }
}

extension Duration {
    /// The duration in seconds, such as `1.5 s`.
    fileprivate var inSeconds: String {
        components.attoseconds == 0 ? "\(components.seconds) s" : "\(wireSeconds) s"
    }
}

extension RPCErrorCode {
    /// The name that the command line prints; for a code of the application, its number.
    public var name: String {
        switch self {
        case .methodNotFound: "methodNotFound"
        case .invalidParameters: "invalidParameters"
        case .internalError: "internalError"
        case .rateLimited: "rateLimited"
        case .applicationError: "applicationError"
        case .accessDenied: "accessDenied"
        case .deadlineExceeded: "deadlineExceeded"
        case .overloaded: "overloaded"
        case .cancelled: "cancelled"
        case .replyTooLarge: "replyTooLarge"
        case .shuttingDown: "shuttingDown"
        case .notAPacket: "notAPacket"
        default: "\(rawValue)"
        }
    }
}
