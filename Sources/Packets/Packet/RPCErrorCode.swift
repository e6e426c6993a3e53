/// Why a call failed (Protocol.md, "Errors"). An application may add codes of its own.
public struct RPCErrorCode: RawRepresentable, Sendable, Hashable, Codable {
    /// The number that travels.
    public let rawValue: Int

    /// Any code; those from -32799 to -32000 are reserved, and an application's own are best above 0.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// There is no such method.
    public static let methodNotFound = RPCErrorCode(rawValue: -32_601)
    /// The arguments do not fit the method.
    public static let invalidParameters = RPCErrorCode(rawValue: -32_602)
    /// The method failed in a way that is not the caller's business.
    public static let internalError = RPCErrorCode(rawValue: -32_603)
    /// Too many calls; the response may say when to try again.
    public static let rateLimited = RPCErrorCode(rawValue: -32_000)
    /// The method failed in a way that it told the caller about.
    public static let applicationError = RPCErrorCode(rawValue: -32_001)
    /// A guard of the method refused the connection.
    public static let accessDenied = RPCErrorCode(rawValue: -32_002)
    /// The deadline passed before the method was done.
    public static let deadlineExceeded = RPCErrorCode(rawValue: -32_003)
    /// As many streams are open on the connection as may be.
    public static let overloaded = RPCErrorCode(rawValue: -32_004)
    /// The caller cancelled the call.
    public static let cancelled = RPCErrorCode(rawValue: -32_005)
    /// The result is larger than a message may be.
    public static let replyTooLarge = RPCErrorCode(rawValue: -32_006)
    /// The server is shutting down: it did not run the call, or it ended the stream. The response says when to call again.
    public static let shuttingDown = RPCErrorCode(rawValue: -32_007)
    /// The message was not a packet, or exceeded a limit on packets, such as that on text.
    public static let notAPacket = RPCErrorCode(rawValue: -32_700)

    /// The code that the `error` key carries: the nearest of the six that every webshocket.v1 client knows. One that
    /// differs from the code itself travels in front of a `code` key with the latter.
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

    /// Whether a response with this code says that it is the last one. The three codes that are decided before a
    /// method runs do, as they always did in webshocket.v1.
    package var endsCall: Bool { [.methodNotFound, .accessDenied, .rateLimited].contains(wireCode) }
}

extension RPCErrorCode: ExpressibleByIntegerLiteral {
    /// Makes a code from a number in the source, such as an application's own `4001`.
    public init(integerLiteral number: Int) { self.init(rawValue: number) }
}

extension RPCErrorCode: CustomStringConvertible {
    /// The number.
    public var description: String { String(rawValue) }
}
