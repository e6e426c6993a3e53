/// Whether being turned away is worth another try, because the next one comes with other credentials.
///
/// One is: who is asked for them may have given some that had expired, and not have known. A second one would be turned
/// away for what it is.
package struct FreshCredentials {
    package enum Refusal: Sendable {
        /// Of the headers of an upgrade request, with 401.
        case headers
        /// Of a token, with -32002.
        case token
        /// The time of what was good is over, or a token came too late.
        case time
    }

    /// Whether the headers are asked for anew each time.
    private let headers: Bool
    /// Whether the token is.
    private let token: Bool
    /// In a row.
    private var refusals = 0

    package init(headers: Bool, token: Bool) {
        self.headers = headers
        self.token = token
    }

    /// - Parameters:
    ///   - refusal: nil where a try has ended for another reason.
    ///   - outlook: what its end says by itself.
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

    /// A connection is open.
    package mutating func wereTaken() {
        refusals = 0
    }
}

extension ClientError {
    /// Why the client was turned away; nil where it is for something else than who it is.
    var refusal: FreshCredentials.Refusal? {
        code == .upgradeRefused && httpStatus == 401 ? .headers : nil
    }
}

extension ConnectionClosure {
    /// As above; see Protocol.md, "Authentication".
    var refusal: FreshCredentials.Refusal? {
        guard code == .policyViolation else { return nil }
        return ["Authentication expired", "Authentication timed out"].contains(reason) ? .time : nil
    }
}
