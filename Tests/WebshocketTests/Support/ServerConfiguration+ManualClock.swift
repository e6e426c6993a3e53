import EventLoops
import Webshocket

extension ServerConfiguration {
    /// ``quiet`` with a manual clock, so no timer fires until the test advances the clock.
    static func manual(_ clock: ManualClock) -> ServerConfiguration {
        var configuration = quiet
        configuration.clock = .manual(clock)
        return configuration
    }
}
