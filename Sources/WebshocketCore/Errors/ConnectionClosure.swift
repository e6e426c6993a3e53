/// The close code of a connection, and a reason of at most 123 bytes (RFC 6455, 5.5.1).
///
/// `onDisconnect` receives the closure of the connection that has ended. `onConnect` can throw a closure to reject a
/// peer, which receives the code and the reason.
public struct ConnectionClosure: Error, Sendable, Hashable {
    /// The close code; ``CloseCode/abnormal`` if the connection ended without a close frame.
    public var code: CloseCode
    /// The reason in the close frame; empty if there is none.
    public var reason: String
    /// Whether both sides completed the closing handshake (RFC 6455, 7.1.4).
    public var isClean: Bool

    /// Creates a closure.
    /// - Parameters:
    ///   - code: 1000–1003, 1007–1014, or a code of the application in 3000–4899.
    ///   - reason: The text for the peer; truncated at a character boundary after 123 bytes of UTF-8.
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
