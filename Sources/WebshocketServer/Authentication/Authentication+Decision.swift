extension Authentication {
    /// The decision of an authentication closure about a peer.
    public enum Decision: Sendable {
        /// Admits the peer. Its session attributes, including ``Connection/userID``, are set before `onConnect` is
        /// called.
        ///
        /// The user ID and the names of the attributes must be in Unicode Normalization Form C (NFC). Then texts that
        /// are equal in Swift (`==`) also have the same bytes. Otherwise the peer is refused, with 403 at the handshake
        /// or -32002 for a token, and the reason is logged.
        /// - Parameters:
        ///   - userID: The ID of the user; nil if the user is unknown.
        ///   - attributes: The session attributes to set. When an admission is renewed, they replace those of the
        ///     previous admission, even if the application has changed them. Other attributes are kept.
        ///   - expiresAfter: The lifetime of the admission; nil if it does not expire. After the lifetime, the
        ///     connection is closed with ``CloseCode/authenticationExpired``, unless a token has renewed the admission.
        ///     If the lifetime is zero or negative, the connection is closed immediately, and `onConnect` is not
        ///     called.
        ///   - headers: Additional headers for the response to the upgrade request, such as a cookie. They are ignored
        ///     for a token.
        case admit(
            userID: String? = nil, attributes: [String: WireValue] = [:], expiresAfter: Duration? = nil,
            headers: HTTPHeaders = HTTPHeaders())
        /// Refuses the peer, with an HTTP status at the handshake or -32002 for a token.
        case refuse(Refusal)
        /// Opens the connection, but requires a token as its first message. It is allowed only at the handshake, and
        /// only if there is a closure for tokens.
        case awaitToken
    }

    /// The reason why a peer is refused, and the text that it receives.
    public struct Refusal: Sendable, Hashable {
        static let expired = Refusal(reason: .unauthorized, message: "Authentication expired.")

        enum Reason {
            case unauthorized, forbidden
        }

        let reason: Reason
        /// The text that the peer receives, in one line.
        public let message: String

        /// A refusal with 401: the credentials are missing or invalid. The peer may retry with other credentials.
        public static let unauthorized = Refusal(reason: .unauthorized, message: "Please authenticate.")
        /// A refusal with 403: the peer does not have access, regardless of its credentials.
        public static let forbidden = Refusal(reason: .forbidden, message: "Access denied.")

        /// Creates a refusal with 401 and a custom text.
        /// - Parameter message: The text, in one line. It is sent to the peer unchanged, so it must not repeat text
        ///   that the peer has sent.
        public static func unauthorized(_ message: String) -> Refusal {
            Refusal(reason: .unauthorized, message: message)
        }

        /// Creates a refusal with 403 and a custom text.
        /// - Parameter message: The text, in one line. It is sent to the peer unchanged, so it must not repeat text
        ///   that the peer has sent.
        public static func forbidden(_ message: String) -> Refusal {
            Refusal(reason: .forbidden, message: message)
        }
    }
}

/// The attributes and the lifetime that an authentication gives to an admitted peer.
struct Admission: Sendable {
    let attributes: [String: WireValue]
    let expiresAfter: Duration?

    /// Creates the admission of a decision; nil if the decision does not admit the peer.
    /// - Throws: ``AdmissionFault`` if the user ID or the name of an attribute is not in NFC.
    init?(_ decision: Authentication.Decision) throws(AdmissionFault) {
        guard case .admit(let userID, var attributes, let expiresAfter, _) = decision else { return nil }
        if let userID { attributes["userID"] = .string(userID) }
        for (name, value) in attributes {
            try Self.check(name, "attribute name")
            if name.hasSameBytes(as: "userID"), let userID = value.asString { try Self.check(userID, "user ID") }
        }
        self.attributes = attributes
        self.expiresAfter = expiresAfter
    }

    private static func check(_ text: String, _ kind: String) throws(AdmissionFault) {
        guard let fault = IdentifierText.fault(of: text) else { return }
        throw AdmissionFault(description: "refused an admission: \(kind) '\(IdentifierText.shown(text))' \(fault)")
    }
}

/// The error of an admission with an invalid text, which the peer may have chosen. The description is for the log.
struct AdmissionFault: Error, CustomStringConvertible {
    let description: String
}

/// The error that an authentication closure has thrown. It is only logged, even if it is an ``RPCError``.
struct ValidationFailure: Error, CustomStringConvertible {
    let description: String

    init(_ error: any Error) {
        description = "authentication failed: \(error)"
    }
}

/// The error of a decision that is not allowed in its place. The description is for the log.
struct MisplacedDecision: Error, CustomStringConvertible {
    let description: String

    static let awaitsNoToken = MisplacedDecision(
        description: "authentication returned awaitToken, but has no closure for tokens")
    static let awaitsAnother = MisplacedDecision(description: "the closure for tokens returned awaitToken")
    static let reservedHeader = MisplacedDecision(
        description: "the headers of an admission contain one that is reserved for the handshake")
}
