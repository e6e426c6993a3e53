/// Decides whether to retry after a refusal, because the next attempt uses new credentials.
///
/// One retry is worthwhile: the closure may have returned credentials that had expired. A second refusal applies to the
/// credentials themselves.
package struct FreshCredentials {
    package enum Refusal: Sendable {
        /// The server refused the headers of an upgrade request with 401.
        case headers
        /// The server refused a token with -32002.
        case token
        /// The admission expired, or the token was sent too late.
        case time
    }

    /// Whether a closure provides new headers for each attempt.
    private let headers: Bool
    /// Whether a closure provides a new token for each attempt.
    private let token: Bool
    /// The number of refusals in a row.
    private var refusals = 0

    package init(headers: Bool, token: Bool) {
        self.headers = headers
        self.token = token
    }

    /// Returns the outlook for the next attempt.
    /// - Parameters:
    ///   - refusal: The refusal; nil if the attempt ended for another reason.
    ///   - outlook: The outlook without regard to new credentials.
    package mutating func outlook(
        after refusal: Refusal?, _ outlook: ReconnectMachine.Outlook
    ) -> ReconnectMachine.Outlook {
        switch refusal {
        case nil: return outlook
        case .time: return headers || token ? .mayHeal : outlook
        case .headers: guard headers else { return outlook }
        case .token: guard token else { return outlook }
        }
        refusals += 1
        return refusals == 1 ? .mayHeal : outlook
    }

    /// Starts again, because a connection is open or the attempts have ended.
    package mutating func reset() {
        refusals = 0
    }
}

extension ClientError {
    /// The kind of refusal; nil if the error does not concern credentials.
    var refusal: FreshCredentials.Refusal? {
        code == .upgradeRefused && httpStatus == 401 ? .headers : nil
    }
}

extension ConnectionClosure {
    /// The kind of refusal; nil if the closure does not concern credentials, or has advice on reconnection. See
    /// Protocol.md, "Authentication".
    package var refusal: FreshCredentials.Refusal? {
        advice == nil && [.authenticationExpired, .authenticationTimedOut].contains(code) ? .time : nil
    }
}
