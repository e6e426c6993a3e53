/// Why a connection ended, or is to end: a close code and a reason of at most 123 bytes (RFC 6455, 5.5.1).
///
/// `onDisconnect` receives it. Thrown from `onConnect` it turns the peer away, and the peer sees code and reason.
public struct ConnectionClosure: Error, Sendable, Hashable {
    /// The close code; ``CloseCode/abnormal`` where the connection ended without a close frame.
    public var code: CloseCode
    /// The reason in the close frame; empty when there was none.
    public var reason: String
    /// Whether both sides completed the closing handshake (RFC 6455, 7.1.4).
    public var isClean: Bool

    /// Describes a closure.
    /// - Parameters:
    ///   - code: 1000–1003, 1007–1014, or an application's own in 3000–4999.
    ///   - reason: what the peer is told; longer than 123 bytes of UTF-8 it is cut at a character.
    public init(_ code: CloseCode, reason: String = "") {
        self.init(code, reason: reason, isClean: false)
    }

    package init(_ code: CloseCode, reason: String, isClean: Bool) {
        self.code = code
        self.reason = reason
        self.isClean = isClean
    }
}

extension ConnectionClosure: CustomStringConvertible {
    /// The code and the reason.
    public var description: String {
        reason.isEmpty ? "\(code.rawValue)" : "\(code.rawValue) \(reason)".escapingControlCharacters
    }
}
