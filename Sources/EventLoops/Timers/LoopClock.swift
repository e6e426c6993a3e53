/// The source of time of event loops.
///
/// All timers of a loop and all reads of the time on it use the loop's clock, so that a program which sets the time of
/// a ``ManualClock`` decides when heartbeats, timeouts, pauses and expiries happen. ``LoopWatch`` uses real time, because
/// it watches threads, and OpenSSL compares certificates with the real date.
package enum LoopClock: Sendable {
    /// The system's clocks. Points in time come from `ContinuousClock`, which advances while the machine sleeps.
    case system
    /// A clock that a program advances.
    case manual(ManualClock)

    /// The current time, for durations.
    package var now: ContinuousClock.Instant {
        switch self {
        case .system: .now
        case .manual(let clock): clock.now
        }
    }

    /// The current date and time, for people and other machines. The system's can be adjusted at any time.
    package var wallTime: WallTime {
        switch self {
        case .system: WallTime.now
        case .manual(let clock): clock.wallTime
        }
    }

    /// The manual clock; nil for the system's clocks.
    package var manual: ManualClock? {
        switch self {
        case .system: nil
        case .manual(let clock): clock
        }
    }
}
