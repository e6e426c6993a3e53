/// Why a WebSocket ended: the number that a close frame carries (RFC 6455, section 7.4).
///
/// Applications use 4000 to 4999 for codes of their own, libraries register 3000 to 3999.
public struct CloseCode: RawRepresentable, Hashable, Sendable {
    /// The number as it travels, 0 to 65,535.
    public let rawValue: UInt16

    /// Makes a code from its number; any number is taken, see RFC 6455, section 7.4.2, for the ranges.
    ///
    /// - Parameter rawValue: The number, of which 1000 to 1003, 1007 to 1014 and 3000 to 4999 may travel.
    @inlinable public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// 1000: the purpose of the connection is fulfilled.
    public static let normal = CloseCode(rawValue: 1000)
    /// 1001: a server shuts down, or a browser leaves the page.
    public static let goingAway = CloseCode(rawValue: 1001)
    /// 1002: the peer broke the protocol.
    public static let protocolError = CloseCode(rawValue: 1002)
    /// 1003: the peer sent a kind of data that is not taken here.
    public static let unsupportedData = CloseCode(rawValue: 1003)
    /// 1005: the close frame carried no code; never travels.
    public static let noStatus = CloseCode(rawValue: 1005)
    /// 1006: the connection was lost without a close frame; never travels.
    public static let abnormal = CloseCode(rawValue: 1006)
    /// 1007: text that is no UTF-8, or compressed data that cannot be inflated.
    public static let invalidPayload = CloseCode(rawValue: 1007)
    /// 1008: the peer broke a rule of this endpoint for which no other code fits.
    public static let policyViolation = CloseCode(rawValue: 1008)
    /// 1009: a message above the limit.
    public static let messageTooBig = CloseCode(rawValue: 1009)
    /// 1010: a client misses an extension that it cannot do without.
    public static let mandatoryExtension = CloseCode(rawValue: 1010)
    /// 1011: an unexpected condition on this side.
    public static let internalError = CloseCode(rawValue: 1011)
    /// 1012: the server restarts.
    public static let serviceRestart = CloseCode(rawValue: 1012)
    /// 1013: the server is overloaded; come back later.
    public static let tryAgainLater = CloseCode(rawValue: 1013)

    /// Whether a close frame may carry this code (RFC 6455, section 7.4, and the IANA registry for 1012 to 1014).
    package var isValidOnTheWire: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}

extension CloseCode: ExpressibleByIntegerLiteral {
    /// Makes a code from a number in the source, such as an application's own `4001`.
    public init(integerLiteral number: UInt16) { self.init(rawValue: number) }
}

extension CloseCode: CustomStringConvertible {
    /// The number in decimal digits.
    public var description: String { String(rawValue) }
}
