/// The heartbeat of one connection as a state machine, without a socket or a clock.
///
/// Call ``waited(_:)`` after each requested wait, which is at most half the timeout.
package struct Pulse {
    /// The observations since the last ping, or since they were last cleared.
    package struct Sight {
        /// Whether there was a sign of life.
        package var hasLife = false
        /// Whether a pong would have been received by now: the ping has left, and reading was not paused.
        package var canTell = true
        /// Whether reading is paused, including the peer's pings.
        package var isPaused = false

        package init(hasLife: Bool = false, canTell: Bool = true, isPaused: Bool = false) {
            self.hasLife = hasLife
            self.canTell = canTell
            self.isPaused = isPaused
        }
    }

    package enum Frame: Equatable {
        case ping
        /// An unsolicited pong (RFC 6455, 5.5.3). It shows that this side is alive although it does not answer pings.
        case pong
    }

    package struct Step: Equatable {
        package var frame: Frame?
        /// Whether to clear the observations.
        package var forgets = false
        /// The time after which to call ``Pulse/waited(_:)`` again.
        package var wait: Duration

        package init(_ frame: Frame? = nil, forgets: Bool = false, wait: Duration) {
            self.frame = frame
            self.forgets = forgets
            self.wait = wait
        }
    }

    package enum Action: Equatable {
        case go(Step)
        /// The peer is gone.
        case giveUp
    }

    private enum Phase {
        /// The next ping is due when the time is over. Exits: awaiting.
        case resting
        /// A ping was sent, and the time for a sign of life runs. Exits: resting, or the end.
        case awaiting
    }

    /// The number of bytes of an incomplete message that count as a sign of life.
    ///
    /// A slow connection transfers this much within the usual timeout. A client that only pretends to be alive must
    /// send at least this much.
    package static let bytesOfLife = 16_384

    private let heartbeat: Heartbeat
    private var phase = Phase.resting
    /// The remaining time of the phase after the current wait.
    private var timeLeft = Duration.zero
    private var missed = 0

    package init(_ heartbeat: Heartbeat) {
        self.heartbeat = heartbeat
    }

    /// Whether a ping was due, and the time for a sign of life runs.
    package var isAwaiting: Bool { phase == .awaiting }

    /// Starts the heartbeat.
    /// - Returns: The time until the first call of ``waited(_:)``.
    package mutating func begin() -> Duration {
        enter(.resting, for: heartbeat.interval).wait
    }

    package mutating func waited(_ sight: Sight) -> Action {
        let pong: Frame? = sight.isPaused ? .pong : nil
        guard timeLeft <= .zero else { return .go(enter(phase, for: timeLeft, saying: pong)) }
        switch phase {
        case .resting: return ping()
        case .awaiting:
            if sight.hasLife {
                missed = 0
            } else if !sight.canTell {
                return .go(enter(.awaiting, for: heartbeat.timeout, saying: pong, forgetting: true))
            } else {
                missed += 1
            }
            guard missed < heartbeat.missedPings else { return .giveUp }
            let rest = heartbeat.interval - heartbeat.timeout
            return rest > .zero ? .go(enter(.resting, for: rest, saying: pong)) : ping()
        }
    }

    private mutating func ping() -> Action {
        .go(enter(.awaiting, for: heartbeat.timeout, saying: .ping, forgetting: true))
    }

    private mutating func enter(
        _ phase: Phase, for time: Duration, saying frame: Frame? = nil, forgetting: Bool = false
    ) -> Step {
        self.phase = phase
        // While this side does not read, it sends a pong after each wait. With half the timeout, a peer with the same
        // timeout receives a pong in time.
        let wait = min(time, heartbeat.timeout / 2)
        timeLeft = time - wait
        return Step(frame, forgets: forgetting, wait: wait)
    }
}
