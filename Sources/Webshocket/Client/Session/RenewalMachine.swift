/// When a client renews the admission of its connection before it expires; without a socket, a clock or chance.
///
/// The owner reports what happened and does what the action says.
package struct RenewalMachine {
    package enum Action: Equatable, Sendable {
        /// Nothing is to be done at a later time.
        case rest
        /// Report the time when it has come.
        case wait(until: ContinuousClock.Instant)
        /// Ask for a token, send it, and say hello.
        case renew
        /// The renewal succeeded; the next one is due at a time, or never.
        case renewed(next: ContinuousClock.Instant?)
        /// The renewal failed; the next try is due at a time. Nil if too little time is left for one: then the server
        /// ends the connection, and the next one begins with a new token.
        case failed(next: ContinuousClock.Instant?)
    }

    private enum State: Equatable {
        /// Nothing expires, or no try is left. Exits: expiryTold → waiting.
        case idle
        /// Exits: timeCame → renewing; expiryTold → waiting or idle.
        case waiting(expiry: ContinuousClock.Instant)
        /// Exits: renewalSucceeded, renewalFailed → waiting or idle.
        case renewing(expiry: ContinuousClock.Instant)
    }

    /// The longest time that is left when a renewal must have begun: enough for a slow closure and the server's
    /// judgement, 10 s each, and for several more tries with pauses of up to 30 s. A quarter of a shorter lifetime.
    package static let longestMargin = Duration.seconds(60)
    private static let shortestPause = Duration.milliseconds(100)

    private let pauses: RetryPolicy
    private var state = State.idle
    /// In a row.
    private var failures = 0

    /// - Parameter pauses: how the pauses between tries grow.
    package init(pauses: RetryPolicy) {
        self.pauses = pauses
    }

    package var isRenewing: Bool {
        if case .renewing = state { true } else { false }
    }

    /// The server has told when the admission expires.
    /// - Parameters:
    ///   - time: nil if it does not expire.
    ///   - chance: 0 up to 1, anew each time: clients that were admitted together do not renew together.
    package mutating func expiryTold(
        in time: Duration?, at now: ContinuousClock.Instant, chance: Double
    ) -> Action {
        guard !isRenewing else { return .rest }
        failures = 0
        guard let next = begin(time, now, chance) else { return .rest }
        return .wait(until: next)
    }

    package mutating func timeCame() -> Action {
        guard case .waiting(let expiry) = state else { return .rest }
        state = .renewing(expiry: expiry)
        return .renew
    }

    /// The server has accepted another token, and told when the admission expires now.
    ///
    /// A token that extends the admission by less than half of the time that was left counts as a failure: a closure
    /// that returns one old token again and again must not make the client ask for it ever faster.
    package mutating func renewalSucceeded(
        expiresIn time: Duration?, at now: ContinuousClock.Instant, chance: Double
    ) -> Action {
        guard case .renewing(let expiry) = state else { return .rest }
        if let time {
            let gain = now + time.asDelay - expiry
            if gain < (expiry - now) / 2 { return renewalFailed(at: now, chance: chance) }
        }
        failures = 0
        return .renewed(next: begin(time, now, chance))
    }

    /// The closure failed, the server refused the token, or no answer came in time.
    /// - Parameter advice: how long the server asks the client to wait; nil for none.
    package mutating func renewalFailed(
        advice: Duration? = nil, at now: ContinuousClock.Instant, chance: Double
    ) -> Action {
        guard case .renewing(let expiry) = state else { return .rest }
        failures += 1
        let left = expiry - now
        var pause = pauses.pause(after: failures, chance: chance)
        if pause >= left { pause = left / 2 }
        let next = now + max(pause, advice?.asReconnectAdvice ?? .zero, Self.shortestPause)
        guard next < expiry else {
            state = .idle
            return .failed(next: nil)
        }
        state = .waiting(expiry: expiry)
        return .failed(next: next)
    }

    package mutating func connectionEnded() {
        state = .idle
        failures = 0
    }

    /// - Returns: when to renew: between one and two margins before the expiry.
    private mutating func begin(
        _ time: Duration?, _ now: ContinuousClock.Instant, _ chance: Double
    ) -> ContinuousClock.Instant? {
        guard let time = time?.asDelay else {
            state = .idle
            return nil
        }
        let margin = min(time / 4, Self.longestMargin)
        state = .waiting(expiry: now + time)
        return now + time - margin * (1 + chance)
    }
}
