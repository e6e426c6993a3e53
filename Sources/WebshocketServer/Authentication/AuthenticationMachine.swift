/// The authentication state of one connection, without sockets, timers or closures.
///
/// The owner reports events and performs the resulting actions. All times must be from the same clock.
package struct AuthenticationMachine {
    package enum Phase: Equatable, Sendable {
        /// Exits: messageArrived → validating or over; deadlinePassed, connectionClosed → over.
        case awaitingToken
        /// Exits: validated → admitted or over; deadlinePassed, connectionClosed → over.
        case validating
        /// Exits: renewalArrived → renewing; timeCame, connectionClosed → over.
        case admitted
        /// Exits: renewed, renewalFailed → admitted; timeCame, connectionClosed → over.
        case renewing
        case over
    }

    package enum Verdict: Equatable, Sendable {
        /// - Parameter expiresAfter: The lifetime of the admission; nil if it does not expire.
        case admitted(expiresAfter: Duration?)
        case refused
        /// The closure failed, so there is no decision.
        case failed
    }

    package enum Action: Equatable, Sendable {
        case nothing
        case validate
        case admit
        case close(CloseCode, reason: String)
    }

    package enum RenewalAction: Equatable, Sendable {
        case validate
        /// Refuse the token. The client may retry after this time.
        case refuse(retryAfter: Duration)
        case nothing
    }

    /// The number of renewals per minute, and at once. They are limited because each may cost a database query.
    package static let renewals = 10
    private static let rate = TokenRate(calls: renewals, per: .seconds(60), burst: renewals)
    /// The time after which to retry if another renewal is in progress.
    private static let pause = Duration.seconds(1)
    /// The longest lifetime of an admission. It is limited so that times can be added without overflow.
    package static let longest = Duration.seconds(1_000_000_000)

    package private(set) var phase: Phase
    /// The time at which the admission expires; nil if it does not expire.
    package private(set) var expiresAt: Duration?
    private var renewals = TokenBucket()

    /// Creates the state of a connection that waits for a token.
    package init() {
        phase = .awaitingToken
    }

    /// Creates the state of a connection that was admitted at the handshake.
    ///
    /// Call ``timeCame(at:)`` before anything runs under the admission, because an admission without a positive
    /// lifetime has already expired.
    package init(admittedAt now: Duration, expiresAfter: Duration?) {
        phase = .admitted
        setExpiry(expiresAfter, now)
    }

    // MARK: - Before the admission

    /// Handles the first message of a connection that waits for a token.
    /// - Parameter isToken: Whether the message is a call of `__authenticate__`.
    package mutating func messageArrived(isToken: Bool) -> Action {
        guard case .awaitingToken = phase else { return .nothing }
        guard isToken else { return close("Authentication required", .authenticationRequired) }
        phase = .validating
        return .validate
    }

    package mutating func validated(_ verdict: Verdict, at now: Duration) -> Action {
        guard case .validating = phase else { return .nothing }
        switch verdict {
        case .admitted(let expiresAfter):
            phase = .admitted
            setExpiry(expiresAfter, now)
            return hasExpired(at: now) ? expire() : .admit
        case .refused: return close("Authentication failed", .policyViolation)
        case .failed: return close("", .internalError)
        }
    }

    package mutating func deadlinePassed() -> Action {
        switch phase {
        case .awaitingToken: close("Authentication timed out", .authenticationTimedOut)
        // The peer did not cause the delay, so it may reconnect.
        case .validating: close("Authentication took too long", .tryAgainLater)
        case .admitted, .renewing, .over: .nothing
        }
    }

    // MARK: - After the admission

    /// Whether the admission has expired.
    package func hasExpired(at now: Duration) -> Bool {
        guard let expiresAt else { return false }
        return now >= expiresAt
    }

    /// Handles a token on an open connection. A token that arrives after the admission has expired is not checked.
    package mutating func renewalArrived(at now: Duration) -> RenewalAction {
        guard !hasExpired(at: now) else { return .nothing }
        switch phase {
        case .admitted: break
        case .renewing: return .refuse(retryAfter: Self.pause)
        case .awaitingToken, .validating, .over: return .nothing
        }
        let price = Self.rate.price(of: 1)
        guard renewals.take(price, of: Self.rate, at: now) else {
            return .refuse(retryAfter: renewals.wait(for: price, of: Self.rate, at: now) ?? Self.pause)
        }
        phase = .renewing
        return .validate
    }

    /// Handles an accepted token on an open connection.
    ///
    /// If the check of the token ends after the admission has expired, the admission is not renewed. A renewal without
    /// a positive lifetime expires immediately. In both cases, ``timeCame(at:)`` closes the connection.
    /// - Returns: Whether the renewal takes effect.
    package mutating func renewed(expiresAfter: Duration?, at now: Duration) -> Bool {
        guard case .renewing = phase else { return false }
        phase = .admitted
        guard !hasExpired(at: now) else { return false }
        setExpiry(expiresAfter, now)
        return !hasExpired(at: now)
    }

    /// Handles a renewal that was refused, has failed or was cancelled. The current admission remains valid.
    package mutating func renewalFailed() {
        if case .renewing = phase { phase = .admitted }
    }

    /// Checks whether the admission has expired.
    ///
    /// Call it before anything runs or is delivered under the admission. Also call it when a timer fires, even if the
    /// timer was set for an earlier admission.
    package mutating func timeCame(at now: Duration) -> Action {
        switch phase {
        case .admitted, .renewing: return hasExpired(at: now) ? expire() : .nothing
        case .awaitingToken, .validating, .over: return .nothing
        }
    }

    package mutating func connectionClosed() {
        phase = .over
    }

    private mutating func setExpiry(_ time: Duration?, _ now: Duration) {
        expiresAt = time.map { now + min(max($0, .zero), Self.longest) }
    }

    private mutating func expire() -> Action { close("Authentication expired", .authenticationExpired) }

    private mutating func close(_ reason: String, _ code: CloseCode) -> Action {
        phase = .over
        return .close(code, reason: reason)
    }
}
