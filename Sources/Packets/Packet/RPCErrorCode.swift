/// The reason why a call failed (Protocol.md, "Errors"). An application can define its own codes.
public struct RPCErrorCode: RawRepresentable, Sendable, Hashable, Codable {
    /// The number on the wire.
    public let rawValue: Int

    /// Creates a code.
    ///
    /// - Parameter rawValue: The number. The range -32799 to -32000 is reserved; an application's own codes should be
    ///   positive.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// No method has this name.
    public static let methodNotFound = RPCErrorCode(rawValue: -32_601)
    /// The arguments do not match the parameters of the method.
    public static let invalidParameters = RPCErrorCode(rawValue: -32_602)
    /// The method failed, and the details are not sent to the caller.
    public static let internalError = RPCErrorCode(rawValue: -32_603)
    /// The caller exceeded a rate limit. The response may state when to retry.
    public static let rateLimited = RPCErrorCode(rawValue: -32_000)
    /// The method failed with an error that it reports to the caller.
    public static let applicationError = RPCErrorCode(rawValue: -32_001)
    /// A guard of the method refused the connection.
    public static let accessDenied = RPCErrorCode(rawValue: -32_002)
    /// The deadline passed before the method finished.
    public static let deadlineExceeded = RPCErrorCode(rawValue: -32_003)
    /// The connection already has the maximum number of open streams, subscriptions or rooms.
    public static let overloaded = RPCErrorCode(rawValue: -32_004)
    /// The caller cancelled the call.
    public static let cancelled = RPCErrorCode(rawValue: -32_005)
    /// The result exceeds the maximum message size.
    public static let replyTooLarge = RPCErrorCode(rawValue: -32_006)
    /// The server is shutting down, so it did not run the call or it ended the stream. The response states when to
    /// retry.
    public static let shuttingDown = RPCErrorCode(rawValue: -32_007)
    /// The message was not a packet, or exceeded a limit on packets, such as the limits on text.
    public static let notAPacket = RPCErrorCode(rawValue: -32_700)

    /// The code in the `error` key: the closest of the six codes that every webshocket.v1 client knows. If it differs
    /// from this code, a `code` key carries this code in addition.
    package var wireCode: RPCErrorCode {
        switch self {
        case .methodNotFound, .invalidParameters, .internalError, .rateLimited, .applicationError, .accessDenied:
            self
        case .deadlineExceeded, .overloaded, .cancelled, .replyTooLarge, .shuttingDown, .notAPacket:
            .internalError
        default:
            (-32_799 ... -32_000).contains(rawValue) ? .internalError : .applicationError
        }
    }

    /// Whether a response with this code sets `is_end`. It holds for the three codes that are determined before a
    /// method runs, as in every version of webshocket.v1.
    package var endsCall: Bool { [.methodNotFound, .accessDenied, .rateLimited].contains(wireCode) }
}

extension RPCErrorCode: ExpressibleByIntegerLiteral {
    /// Creates a code from a literal, such as an application's own `4001`.
    public init(integerLiteral number: Int) { self.init(rawValue: number) }
}

extension RPCErrorCode: CustomStringConvertible {
    /// The number as text.
    public var description: String { String(rawValue) }
}
