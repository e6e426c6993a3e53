extension Authentication {
    /// What becomes of a peer that has said who it is.
    public enum Decision: Sendable {
        /// Lets it in: its session attributes are set before `onConnect` is called, ``Connection/userID`` among them.
        ///
        /// The user ID and the names of the attributes must be in Unicode Normalization Form C, so that no two of them
        /// are equal for Swift's `==` and have different bytes. Otherwise the peer is refused with 403 at the handshake,
        /// or -32002 for a token, and the log says why.
        /// - Parameters:
        ///   - userID: who it is; nil for nobody in particular.
        ///   - attributes: session attributes to set. When the standing of a connection is renewed they take the place
        ///     of those that its last admission has set; what the application has set itself stays.
        ///   - expiresAfter: the lifetime of the admission; then the connection is closed with 1008, "Authentication
        ///     expired", unless a token has renewed it. Nothing runs under an admission that has expired: with a
        ///     lifetime of zero or less the connection is closed at once, and `onConnect` is not called. Nil for as long
        ///     as the connection lives.
        ///   - headers: go with the answer to an upgrade request, such as a cookie; of no use for a token.
        case admit(
            userID: String? = nil, attributes: [String: Value] = [:], expiresAfter: Duration? = nil,
            headers: HTTPHeaders = HTTPHeaders())
        /// Turns it away: with an HTTP status at the handshake, with -32002 where it has sent a token.
        case refuse(Refusal)
        /// Lets it in only to send a token, which has to be its first message; at the handshake, where there is a
        /// closure for tokens.
        case awaitToken
    }

    /// Why, and with what words, a peer is turned away.
    public struct Refusal: Sendable, Hashable {
        static let expired = Refusal(reason: .unauthorized, message: "Authentication expired.")

        enum Reason {
            case unauthorized, forbidden
        }

        let reason: Reason
        /// What the peer is told, in one line.
        public let message: String

        /// 401: it has not shown who it is; another try with other credentials may do.
        public static let unauthorized = Refusal(reason: .unauthorized, message: "Please authenticate.")
        /// 403: it may not come in, whoever it is.
        public static let forbidden = Refusal(reason: .forbidden, message: "Access denied.")

        /// 401 in your own words.
        /// - Parameter message: one line; it reaches the peer as it is, so it is not to repeat what the peer has sent.
        public static func unauthorized(_ message: String) -> Refusal {
            Refusal(reason: .unauthorized, message: message)
        }

        /// 403 in your own words.
        /// - Parameter message: as above.
        public static func forbidden(_ message: String) -> Refusal {
            Refusal(reason: .forbidden, message: message)
        }
    }
}

/// That a peer was let in, and as whom.
struct Admission: Sendable {
    let attributes: [String: Value]
    let expiresAfter: Duration?

    /// Nil for any other decision.
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

/// An admission that cannot be carried out because of a text in it that the peer may have chosen; for the log.
struct AdmissionFault: Error, CustomStringConvertible {
    let description: String
}

/// What a closure that judges has thrown: for the log alone, an ``RPCError`` too.
struct JudgementFailure: Error, CustomStringConvertible {
    let description: String

    init(_ error: any Error) {
        description = "the authentication of the path: \(error)"
    }
}

/// What a decision says where it cannot be carried out, for the log.
struct MisplacedDecision: Error, CustomStringConvertible {
    let description: String

    static let awaitsNobody = MisplacedDecision(
        description: "the authentication of the path waits for a token, and has no closure for tokens")
    static let awaitsAnother = MisplacedDecision(description: "a token was answered with the wait for another")
    static let reservedHeader = MisplacedDecision(
        description: "the headers of an admission have one that belongs to the handshake")
}
