/// Decides when a client renews the admission of its connection before it expires; without a socket, a clock or
/// random numbers.
///
/// The owner reports events and performs the returned actions.
package struct RenewalMachine {
    package enum Action: Equatable, Sendable {
        /// Do nothing until the next event.
        case rest
        /// Call `timeCame` at the given time.
        case wait(until: ContinuousClock.Instant)
        /// Request a token, and send it and the hello.
        case renew
        /// The renewal succeeded. The next one is due at the given time, or never if that is nil.
        case renewed(next: ContinuousClock.Instant?)
        /// The renewal failed. The next attempt is due at the given time. Nil if too little time is left: the server
        /// then ends the connection, and the next connection uses a new token.
        case failed(next: ContinuousClock.Instant?)
    }

    private enum State: Equatable {
        /// Nothing expires, or no attempt is left. Exits: expiryTold → waiting.
        case idle
        /// Exits: timeCame → renewing; expiryTold → waiting or idle.
        case waiting(expiry: ContinuousClock.Instant)
        /// Exits: renewalSucceeded, renewalFailed → waiting or idle.
        case renewing(expiry: ContinuousClock.Instant)
    }

    /// The largest margin. A renewal starts one to two margins before the expiry; the margin of a short lifetime is a
    /// quarter of it.
    ///
    /// The margin leaves enough time for a slow closure and a slow server (10 s each). It also allows several more
    /// attempts with pauses of up to 30 s.
    package static let longestMargin = Duration.seconds(60)
    private static let shortestPause = Duration.milliseconds(100)

    private let pauses: RetryPolicy
    private var state = State.idle
    /// The number of failures in a row.
    private var failures = 0

    /// Creates a machine.
    /// - Parameter pauses: The policy for the pauses between attempts.
    package init(pauses: RetryPolicy) {
        self.pauses = pauses
    }

    package var isRenewing: Bool {
        if case .renewing = state { true } else { false }
    }

    /// Handles the announced time until the admission expires.
    /// - Parameters:
    ///   - time: The time until the expiry; nil if it does not expire.
    ///   - now: The current time.
    ///   - chance: A new random number, from 0 up to but not including 1. Clients that were admitted together thus
    ///     do not renew together.
    package mutating func reportedExpiry(
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

    /// Handles a new token that the server accepted, and the new expiry.
    ///
    /// A token that extends the admission by less than half of the time left counts as a failure. Otherwise, a
    /// closure that keeps returning an old token would be called faster and faster.
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

    /// Handles a failed renewal: the closure threw, the server refused the token, or no response arrived in time.
    /// - Parameter advice: How long the server asks the client to wait; nil for no advice.
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

    /// Schedules the next renewal.
    /// - Returns: The time of the renewal, between one and two margins before the expiry; nil if nothing expires.
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
