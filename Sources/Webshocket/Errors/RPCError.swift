/// The error that answers one call: a method throws it, and the caller's `sendRPC` throws it again.
///
/// Any other error that a method throws reaches the caller as ``RPCErrorCode/internalError`` with an id that the
/// server's log has too; its text stays on the server. An error that came from another server, and is thrown on, is
/// told like one of the method's own. See Protocol.md, "Errors".
public struct RPCError: Error, Sendable, Hashable {
    /// What went wrong, in a form that programs compare.
    public var code: RPCErrorCode
    /// What went wrong, in a form that people read; it travels to the caller as it is.
    public var message: String
    /// What else the caller is told, in a form that programs read; nil for nothing.
    public var data: Value?
    /// How long the caller should wait before trying again, in whole milliseconds. The framework sets it with
    /// ``RPCErrorCode/rateLimited`` and ``RPCErrorCode/shuttingDown``.
    public var retryAfter: Duration?

    /// Makes an application's error, or one with a code of the framework's own.
    ///
    ///     throw RPCError("no such seat", code: 4001, data: ["row": 7, "seat": 12])
    ///
    /// - Parameters:
    ///   - message: the text for the caller; keep it short, and free of what the caller may not know.
    ///   - code: ``RPCErrorCode/applicationError`` unless another is given; an application's own are best above 0.
    ///   - data: travels to the caller as it is.
    ///   - retryAfter: rounded up to a millisecond.
    public init(
        _ message: String, code: RPCErrorCode = .applicationError, data: Value? = nil, retryAfter: Duration? = nil
    ) {
        self.code = code
        self.message = message
        self.data = data
        self.retryAfter = retryAfter
    }
}

extension RPCError: CustomStringConvertible {
    /// The code's name, the message with control characters escaped, and ``retryAfter``.
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
    /// The name as the command line prints it; an application's own code is its number.
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
