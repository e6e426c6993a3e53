import EventLoops
import Webshocket

/// A clock that advances only when a test advances it.
final class ManualClock: Sendable {
    private let instant = Locked(ContinuousClock.now)

    var now: ContinuousClock.Instant { instant.withLock { $0 } }

    func advance(by duration: Duration) { instant.withLock { $0 += duration } }
}

extension ServerConfiguration {
    /// ``quiet`` with a manual clock, so no timer fires until the test advances the clock.
    static func manual(_ clock: ManualClock) -> ServerConfiguration {
        var configuration = quiet
        configuration.clock = { clock.now }
        return configuration
    }
}
