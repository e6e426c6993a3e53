/// How far the peer of one connection is with showing who it is; without a socket, a timer or anyone's closure.
///
/// The owner reports what happened and does what the action says. Times are those of any one clock.
package struct AuthenticationMachine {
    package enum Phase: Equatable, Sendable {
        /// Exits: messageArrived → judging or over; deadlinePassed, connectionClosed → over.
        case awaitingToken
        /// Exits: judged → admitted or over; deadlinePassed, connectionClosed → over.
        case judging
        /// Exits: renewalArrived → renewing; timeCame, connectionClosed → over.
        case admitted
        /// Exits: renewed, renewalFailed → admitted; timeCame, connectionClosed → over.
        case renewing
        case over
    }

    package enum Verdict: Equatable, Sendable {
        /// - Parameter expiresAfter: nil for never.
        case admitted(expiresAfter: Duration?)
        case refused
        /// It could not be told: what judges has failed.
        case failed
    }

    package enum Action: Equatable, Sendable {
        case nothing
        case judge
        case admit
        case close(CloseCode, reason: String)
    }

    package enum RenewalAction: Equatable, Sendable {
        case judge
        /// Not before this much time has passed.
        case refuse(retryAfter: Duration)
        case nothing
    }

    /// A minute's renewals, and how many of them at once: each may cost whoever judges a look into a database.
    package static let renewals = 10
    private static let rate = TokenRate(calls: renewals, per: .seconds(60), burst: renewals)
    /// What one who has a renewal under way is asked to wait.
    private static let pause = Duration.seconds(1)
    private static let expired = "Authentication expired"
    /// No standing lasts longer, so that times can be added up.
    package static let longest = Duration.seconds(1_000_000_000)

    package private(set) var phase: Phase
    /// Nil where it does not expire.
    package private(set) var expiresAt: Duration?
    private var renewals = TokenBucket()

    /// One that waits for a token.
    package init() {
        phase = .awaitingToken
    }

    /// One that was admitted at the handshake. Call ``timeCame(at:)`` before anything of the admission runs: an
    /// admission without a positive lifetime has expired by then.
    package init(admittedAt now: Duration, expiresAfter: Duration?) {
        phase = .admitted
        setExpiry(expiresAfter, now)
    }

    // MARK: - Before the admission

    /// - Parameter isToken: whether it is a call of `__authenticate__`.
    package mutating func messageArrived(isToken: Bool) -> Action {
        guard case .awaitingToken = phase else { return .nothing }
        guard isToken else { return close("Authentication required") }
        phase = .judging
        return .judge
    }

    package mutating func judged(_ verdict: Verdict, at now: Duration) -> Action {
        guard case .judging = phase else { return .nothing }
        switch verdict {
        case .admitted(let expiresAfter):
            phase = .admitted
            setExpiry(expiresAfter, now)
            guard !hasExpired(at: now) else { return close(Self.expired) }
            return .admit
        case .refused: return close("Authentication failed")
        case .failed: return close("", .internalError)
        }
    }

    package mutating func deadlinePassed() -> Action {
        switch phase {
        case .awaitingToken: close("Authentication timed out")
        // Not the peer's fault, which may come back.
        case .judging: close("Authentication took too long", .tryAgainLater)
        case .admitted, .renewing, .over: .nothing
        }
    }

    // MARK: - After the admission

    /// Whether the admission has expired.
    package func hasExpired(at now: Duration) -> Bool {
        guard let expiresAt else { return false }
        return now >= expiresAt
    }

    /// A token arrived on an open connection. One that arrives after the admission has expired is not judged.
    package mutating func renewalArrived(at now: Duration) -> RenewalAction {
        guard !hasExpired(at: now) else { return .nothing }
        switch phase {
        case .admitted: break
        case .renewing: return .refuse(retryAfter: Self.pause)
        case .awaitingToken, .judging, .over: return .nothing
        }
        let price = Self.rate.price(of: 1)
        guard renewals.take(price, of: Self.rate, at: now) else {
            return .refuse(retryAfter: renewals.wait(for: price, of: Self.rate, at: now) ?? Self.pause)
        }
        phase = .renewing
        return .judge
    }

    /// A token was judged good.
    ///
    /// A judgement that ends after the admission has expired does not revive it, and a renewal without a positive
    /// lifetime expires at once: after either, ``timeCame(at:)`` closes the connection.
    /// - Returns: whether the renewal applies.
    package mutating func renewed(expiresAfter: Duration?, at now: Duration) -> Bool {
        guard case .renewing = phase else { return false }
        phase = .admitted
        guard !hasExpired(at: now) else { return false }
        setExpiry(expiresAfter, now)
        return !hasExpired(at: now)
    }

    /// Refused, failed or cancelled: all stays as it was.
    package mutating func renewalFailed() {
        if case .renewing = phase { phase = .admitted }
    }

    /// Compares the time with ``expiresAt``. Call it before anything runs or is delivered under the admission, and when
    /// a timer fires, even one that was set for an earlier admission.
    package mutating func timeCame(at now: Duration) -> Action {
        switch phase {
        case .admitted, .renewing: return hasExpired(at: now) ? close(Self.expired) : .nothing
        case .awaitingToken, .judging, .over: return .nothing
        }
    }

    package mutating func connectionClosed() {
        phase = .over
    }

    private mutating func setExpiry(_ time: Duration?, _ now: Duration) {
        expiresAt = time.map { now + min(max($0, .zero), Self.longest) }
    }

    private mutating func close(_ reason: String, _ code: CloseCode = .policyViolation) -> Action {
        phase = .over
        return .close(code, reason: reason)
    }
}
