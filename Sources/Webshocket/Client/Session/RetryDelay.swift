import EventLoops

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The pause before a client's next connection attempt.
public struct RetryDelay: Sendable, Hashable {
    /// The length of the pause.
    public let duration: Duration
    /// The end of the pause on the monotonic clock, for programs that wait for it.
    public let end: ContinuousClock.Instant
    /// The end of the pause on the wall clock, for display. It is computed when the pause begins.
    public let date: Date

    init(until end: ContinuousClock.Instant) {
        self.end = end
        duration = max(end - .now, .zero)
        let now = WallClock.now
        date = Date(Timestamp(seconds: now.seconds, nanoseconds: now.nanoseconds)) + duration / .seconds(1)
    }
}
