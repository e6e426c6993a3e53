import EventLoops

/// The pause before a client's next connection attempt.
public struct RetryDelay: Sendable, Hashable {
    /// The length of the pause.
    public let duration: Duration
    /// The end of the pause on the monotonic clock, for programs that wait for it.
    public let end: ContinuousClock.Instant
    /// The end of the pause on the wall clock, computed when the pause begins.
    let timestamp: Timestamp

    init(until end: ContinuousClock.Instant, clock: LoopClock) {
        self.end = end
        duration = max(end - clock.now, .zero)
        timestamp = Timestamp(clock.wallTime + duration)
    }
}
