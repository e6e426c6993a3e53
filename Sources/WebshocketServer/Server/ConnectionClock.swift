import EventLoops

/// The clock of a connection's event loop.
///
/// Use it in handlers instead of `ContinuousClock`. Its time advances while the machine sleeps. If a test replaces the
/// server's clock, everything that waits on it follows.
public struct ConnectionClock: Clock {
    /// A point in time, comparable with those of `ContinuousClock`.
    public typealias Instant = ContinuousClock.Instant

    let loop: EventLoop

    /// The current time.
    public var now: Instant { loop.clock.now }

    /// The shortest possible difference of two points in time.
    public var minimumResolution: Duration { ContinuousClock().minimumResolution }

    /// Suspends the task until a point in time.
    /// - Parameters:
    ///   - deadline: The end of the wait. If it has passed, the call returns at once. The loop's timers are accurate to
    ///     about a millisecond.
    ///   - tolerance: Ignored.
    /// - Throws: `CancellationError` if the task is cancelled, or the server has stopped, before the end.
    public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        try await loop.sleep(until: deadline)
    }
}

extension Connection {
    /// The clock of the connection's event loop: `try await connection.clock.sleep(for: .seconds(1))`.
    public var clock: ConnectionClock { ConnectionClock(loop: loop) }
}
