/// The heartbeat of one connection, without a socket or a clock: it is asked again whenever the time that it wanted is
/// over, which is every half timeout or more often.
package struct Pulse {
    /// What was seen since the last ping, or since it was last told to forget.
    package struct Sight {
        /// There was a sign of life.
        package var hasLife = false
        /// Whether a pong would have been seen by now: the ping has left, and reading was not paused.
        package var canTell = true
        /// Whether nothing is read now, not even the peer's pings.
        package var isPaused = false

        package init(hasLife: Bool = false, canTell: Bool = true, isPaused: Bool = false) {
            self.hasLife = hasLife
            self.canTell = canTell
            self.isPaused = isPaused
        }
    }

    package enum Frame: Equatable {
        case ping
        /// Nobody asked for it (RFC 6455, 5.5.3): it says that this side is there, although it does not answer pings.
        case pong
    }

    package struct Step: Equatable {
        package var frame: Frame?
        /// What was seen before this counts no more.
        package var forgets = false
        /// Ask again after this time.
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

    /// Bytes of a message under way that count as life: a peer on a slow line sends as much within the usual timeout,
    /// and one that only pretends to be there has to work for it.
    package static let bytesOfLife = 16_384

    private let heartbeat: Heartbeat
    private var phase = Phase.resting
    /// Of the phase, behind the wait that runs.
    private var timeLeft = Duration.zero
    private var missed = 0

    package init(_ heartbeat: Heartbeat) {
        self.heartbeat = heartbeat
    }

    /// Whether a ping was due, and the time for a sign of life runs.
    package var isAwaiting: Bool { phase == .awaiting }

    /// How long until it is asked for the first time.
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
        // So often, because a peer with the same timeout is to hear from a side that does not read in time for its own.
        let wait = min(time, heartbeat.timeout / 2)
        timeLeft = time - wait
        return Step(frame, forgets: forgetting, wait: wait)
    }
}
