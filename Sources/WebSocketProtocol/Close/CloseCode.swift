/// The reason why a WebSocket ended: the number in a close frame (RFC 6455, section 7.4).
///
/// The codes 4000 to 4899 are for applications, 4900 to 4999 for the protocol of this package, and 3000 to 3999 for
/// registered libraries.
public struct CloseCode: RawRepresentable, Hashable, Sendable {
    /// The number on the wire, 0 to 65,535.
    public let rawValue: UInt16

    /// Creates a code from any number. RFC 6455, section 7.4.2, describes the ranges.
    ///
    /// - Parameter rawValue: The number. Only 1000 to 1003, 1007 to 1014 and 3000 to 4999 can be sent.
    @inlinable public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// 1000: the purpose of the connection is fulfilled.
    public static let normal = CloseCode(rawValue: 1000)
    /// 1001: the server is shutting down, or the browser has left the page.
    public static let goingAway = CloseCode(rawValue: 1001)
    /// 1002: the peer violated the protocol.
    public static let protocolError = CloseCode(rawValue: 1002)
    /// 1003: the peer sent a kind of data that this endpoint does not accept.
    public static let unsupportedData = CloseCode(rawValue: 1003)
    /// 1005: the close frame carried no code. It is never sent.
    public static let noStatus = CloseCode(rawValue: 1005)
    /// 1006: the connection was lost without a close frame. It is never sent.
    public static let abnormal = CloseCode(rawValue: 1006)
    /// 1007: text that is not UTF-8, or compressed data that cannot be inflated.
    public static let invalidPayload = CloseCode(rawValue: 1007)
    /// 1008: the peer violated a policy of this endpoint for which there is no other code.
    public static let policyViolation = CloseCode(rawValue: 1008)
    /// 1009: a message exceeded the size limit.
    public static let messageTooBig = CloseCode(rawValue: 1009)
    /// 1010: the server did not agree to an extension that the client requires.
    public static let mandatoryExtension = CloseCode(rawValue: 1010)
    /// 1011: an unexpected condition on this side.
    public static let internalError = CloseCode(rawValue: 1011)
    /// 1012: the server is restarting.
    public static let serviceRestart = CloseCode(rawValue: 1012)
    /// 1013: the server is overloaded; retry later.
    public static let tryAgainLater = CloseCode(rawValue: 1013)
    /// 4901: the first message of the client was not a token.
    public static let authenticationRequired = CloseCode(rawValue: 4901)
    /// 4902: the client sent no token in time.
    public static let authenticationTimedOut = CloseCode(rawValue: 4902)
    /// 4903: the client's admission has expired.
    public static let authenticationExpired = CloseCode(rawValue: 4903)

    /// Whether a close frame may carry this code (RFC 6455, section 7.4, and the IANA registry for 1012 to 1014).
    package var isValidOnTheWire: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}

extension CloseCode: ExpressibleByIntegerLiteral {
    /// Creates a code from a literal, such as an application's own `4001`.
    public init(integerLiteral number: UInt16) { self.init(rawValue: number) }
}

extension CloseCode: CustomStringConvertible {
    /// The number in decimal digits.
    public var description: String { String(rawValue) }
}
