/// Decides when a client connects, waits and gives up; without a socket, a clock or random numbers.
///
/// The owner reports events and performs the returned actions.
package struct ReconnectMachine {
    package enum Phase: Equatable, Sendable {
        /// Never connected. Exits: connectRequested → connecting.
        case idle
        /// Exits: attemptSucceeded → preparing; attemptFailed → waiting or closed; closeRequested → closed.
        case connecting(attempt: Int)
        /// The connection exists and is being prepared. Exits: prepared → open; connectionEnded → waiting or closed;
        /// closeRequested → closing.
        case preparing(attempt: Int)
        /// Exits: connectionEnded → waiting or closed; closeRequested → closing.
        case open(since: ContinuousClock.Instant)
        /// Exits: timeCame, connectRequested → connecting; closeRequested → closed.
        case waiting(until: ContinuousClock.Instant, attempt: Int)
        /// Exits: connectionEnded → closed.
        case closing
        /// Exits: connectRequested → connecting.
        case closed
    }

    package enum Action: Equatable, Sendable {
        case connect(attempt: Int)
        case wait(until: ContinuousClock.Instant, attempt: Int)
        case finish
        case nothing
    }

    /// The consequence of a failure for the next attempt.
    package enum Outlook: Equatable, Sendable {
        /// The next attempt would fail in the same way.
        case hopeless
        case mayHeal
        /// The next attempt must wait for at least this time. Other clients got the same advice, so a random pause is
        /// added.
        case notBefore(Duration)
        /// The next attempt must wait for at least this time. The server chooses a different time for each client.
        case after(Duration)
    }

    private let reconnect: RetryPolicy
    /// The policy of the current attempts: until a connection is open, that of the `connect` call.
    private var policy: RetryPolicy
    package private(set) var phase = Phase.idle
    /// Whether a connection was open since the last `connect` call.
    package private(set) var hasBeenOpen = false
    /// The number of failures in a row, which determines the pauses.
    private var failures = 0
    /// The failures that count against the policy's attempts. Failures under the policy of a `connect` call do not
    /// count against the other policy.
    private var counted = 0

    package init(reconnect: RetryPolicy) {
        self.reconnect = reconnect
        policy = reconnect
    }

    /// Handles a request to connect.
    /// - Parameter retry: The policy if the first attempt fails; nil to keep the current policy.
    package mutating func connectRequested(retry: RetryPolicy?) -> Action {
        switch phase {
        case .idle, .closed:
            policy = retry ?? .never
            (failures, counted, hasBeenOpen) = (0, 0, false)
            return connect(attempt: 1)
        case .waiting(_, let attempt):
            if let retry { policy = retry }
            return connect(attempt: attempt)
        case .connecting, .preparing:
            if let retry { policy = retry }
            return .nothing
        case .open, .closing: return .nothing
        }
    }

    package mutating func attemptSucceeded() {
        guard case .connecting(let attempt) = phase else { return }
        phase = .preparing(attempt: attempt)
    }

    package mutating func prepared(at now: ContinuousClock.Instant) {
        guard case .preparing = phase else { return }
        phase = .open(since: now)
        if !hasBeenOpen { counted = 0 }
        hasBeenOpen = true
        policy = reconnect
    }

    /// - Parameter chance: A new random number, from 0 up to but not including 1.
    package mutating func attemptFailed(
        _ outlook: Outlook, at now: ContinuousClock.Instant, chance: Double
    ) -> Action {
        guard case .connecting = phase else { return .nothing }
        fail()
        return goOn(outlook, now, chance)
    }

    /// - Parameter chance: A new random number, from 0 up to but not including 1.
    package mutating func connectionEnded(
        _ outlook: Outlook, at now: ContinuousClock.Instant, chance: Double
    ) -> Action {
        switch phase {
        case .open(let since):
            // A healthy connection resets the failures, so the first pause is based on the base.
            if now - since >= reconnect.healthyAfter { (failures, counted) = (0, 0) } else { fail() }
            return goOn(outlook, now, chance)
        case .preparing:
            fail()
            return goOn(outlook, now, chance)
        case .closing: return finish()
        case .idle, .connecting, .waiting, .closed: return .nothing
        }
    }

    package mutating func timeCame() -> Action {
        guard case .waiting(_, let attempt) = phase else { return .nothing }
        return connect(attempt: attempt)
    }

    /// Handles a request to close.
    /// - Returns: `.finish` if there is no connection that must end first.
    package mutating func closeRequested() -> Action {
        switch phase {
        case .preparing, .open:
            phase = .closing
            return .nothing
        case .connecting, .waiting: return finish()
        case .idle, .closing, .closed: return .nothing
        }
    }

    /// Whether the client would reconnect if the open connection ended now with a temporary failure.
    package func mayConnectAgain(at now: ContinuousClock.Instant) -> Bool {
        guard case .open(let since) = phase else { return false }
        return policy.allows(attemptAfter: now - since >= reconnect.healthyAfter ? 0 : counted + 1)
    }

    private mutating func fail() {
        failures += 1
        counted += 1
    }

    private mutating func connect(attempt: Int) -> Action {
        phase = .connecting(attempt: attempt)
        return .connect(attempt: attempt)
    }

    private mutating func finish() -> Action {
        phase = .closed
        return .finish
    }

    private mutating func goOn(_ outlook: Outlook, _ now: ContinuousClock.Instant, _ chance: Double) -> Action {
        guard policy.allows(attemptAfter: counted) else { return finish() }
        let delay: Duration
        switch outlook {
        case .hopeless: return finish()
        case .mayHeal: delay = policy.pause(after: failures, chance: chance)
        case .notBefore(let time): delay = time.asReconnectAdvice + policy.pause(after: failures, chance: chance)
        case .after(let time): delay = policy.pause(after: failures, atLeast: time, chance: chance)
        }
        let until = now + delay
        let attempt = failures + 1
        phase = .waiting(until: until, attempt: attempt)
        return .wait(until: until, attempt: attempt)
    }
}
