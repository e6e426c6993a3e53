import EventLoops

/// The pause before a client's next connection attempt.
public struct RetryDelay: Sendable, Hashable {
    /// The length of the pause.
    public let duration: Duration
    /// The end of the pause on the monotonic clock, for programs that wait for it.
    public let end: ContinuousClock.Instant
    /// The end of the pause on the wall clock, computed when the pause begins.
    let timestamp: Timestamp

    init(until end: ContinuousClock.Instant) {
        self.end = end
        duration = max(end - .now, .zero)
        let now = WallClock.now
        let (seconds, attoseconds) = duration.components
        let nanoseconds = now.nanoseconds + UInt32(attoseconds / 1_000_000_000)
        timestamp = Timestamp(seconds: now.seconds + seconds, nanoseconds: nanoseconds)
    }
}
