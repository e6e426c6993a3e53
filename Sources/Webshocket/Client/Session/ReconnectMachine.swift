/// When a client connects, waits and gives up; without a socket, a clock or chance.
///
/// The owner reports what happened and does what the action says.
package struct ReconnectMachine {
    package enum Phase: Equatable, Sendable {
        /// Never connected. Exits: connectRequested → connecting.
        case idle
        /// Exits: attemptSucceeded → preparing; attemptFailed → waiting or closed; closeRequested → closed.
        case connecting(attempt: Int)
        /// The connection is there, and what is to be done before all else is under way. Exits: prepared → open;
        /// connectionEnded → waiting or closed; closeRequested → closing.
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

    /// What a failure says about the next try.
    package enum Outlook: Equatable, Sendable {
        /// The next try would end the same way.
        case hopeless
        case mayHeal
        /// Not before this much time has passed. Other clients were told the same, so that a random pause follows.
        case notBefore(Duration)
        /// Not before this much time has passed. The server picks another time for each client.
        case after(Duration)
    }

    private let reconnect: RetryPolicy
    /// The policy of the tries under way: until a connection is open, that of who asked for it.
    private var policy: RetryPolicy
    package private(set) var phase = Phase.idle
    /// Whether there was a connection since somebody asked for one.
    package private(set) var hasBeenOpen = false
    /// In a row; what the pauses grow by.
    private var failures = 0
    /// Those of them that count against the policy's attempts: of a caller's policy none count against the other.
    private var counted = 0

    package init(reconnect: RetryPolicy) {
        self.reconnect = reconnect
        policy = reconnect
    }

    /// - Parameter retry: what to do when this first try fails; nil to leave that as it is.
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

    /// - Parameter chance: 0 up to 1, anew each time.
    package mutating func attemptFailed(
        _ outlook: Outlook, at now: ContinuousClock.Instant, chance: Double
    ) -> Action {
        guard case .connecting = phase else { return .nothing }
        fail()
        return goOn(outlook, now, chance)
    }

    /// - Parameter chance: 0 up to 1, anew each time.
    package mutating func connectionEnded(
        _ outlook: Outlook, at now: ContinuousClock.Instant, chance: Double
    ) -> Action {
        switch phase {
        case .open(let since):
            // The first pause after a healthy time is the base; the try that ends a row of none is the first.
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

    /// - Returns: `.finish` where no connection has to end first.
    package mutating func closeRequested() -> Action {
        switch phase {
        case .preparing, .open:
            phase = .closing
            return .nothing
        case .connecting, .waiting: return finish()
        case .idle, .closing, .closed: return .nothing
        }
    }

    /// Whether the client would connect again if the open connection ended now, in a way that heals with time.
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
