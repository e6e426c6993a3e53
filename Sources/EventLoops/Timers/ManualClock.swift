/// A clock that stands still until a program advances it.
///
/// Loops with this clock run their timers only when the time has been advanced to them. Everything else, such as jobs
/// and in-memory connections, runs at once. Thread-safe.
package final class ManualClock: Sendable {
    private let start = ContinuousClock.now
    private let wallStart: WallTime
    private let elapsed = Locked(Duration.zero)
    private let loops = Locked<[WeakLoop]>([])

    private struct WeakLoop: Sendable {
        weak let loop: EventLoop?
    }

    /// Creates a clock.
    /// - Parameter wallStart: The date and time at the beginning.
    package init(wallStart: WallTime = WallTime(seconds: 1_800_000_000, nanoseconds: 0)) {
        self.wallStart = wallStart
    }

    package var now: ContinuousClock.Instant { start + elapsed.withLock { $0 } }

    package var wallTime: WallTime { wallStart + elapsed.withLock { $0 } }

    /// Advances the time, and lets the loops run until they are idle, each time that a timer is due.
    ///
    /// The time stops at each timer on the way, so timers that are due at different times run in this order, and what
    /// they cause happens at their time.
    package func advance(by time: Duration) async {
        let end = now + time
        await runUntilIdle()
        while let next = await nextTimer(), next <= end {
            move(to: next)
            await runUntilIdle()
        }
        move(to: end)
        await runUntilIdle()
    }

    /// Advances the time without waiting for the loops. Timers that are due run soon, all at the new time.
    package func move(by time: Duration) {
        move(to: now + time)
    }

    /// Waits until no loop with this clock has anything to do before the time is advanced.
    ///
    /// Loops wait for each other, for work on libuv's thread pool and for name resolutions, but not for tasks on other
    /// executors, other processes or the network.
    ///
    /// If the caller's task prefers one of these loops, its child tasks and the tasks that receive its events can be
    /// made to prefer it too. Then the loops also wait for them.
    package func runUntilIdle() async {
        await withTaskExecutorPreference(globalConcurrentExecutor) { await waitUntilIdle() }
    }

    /// Runs on another executor than the loops, because a job of its own would count as their work.
    private func waitUntilIdle() async {
        var last: [EventLoop.Activity] = []
        while true {
            var activities: [EventLoop.Activity] = []
            for loop in currentLoops { activities.append(await loop.activity()) }
            // A loop that was idle at both times and has run nothing between them has not received work from a loop
            // that was asked after it.
            if activities == last.map(\.afterProbe), activities.allSatisfy(\.isIdle) { return }
            last = activities
        }
    }

    func add(_ loop: EventLoop) {
        loops.withLock { loops in
            loops.removeAll { $0.loop == nil }
            loops.append(WeakLoop(loop: loop))
        }
    }

    private var currentLoops: [EventLoop] { loops.withLock { $0.compactMap(\.loop) } }

    private func move(to time: ContinuousClock.Instant) {
        elapsed.withLock { $0 = max($0, time - start) }
        for loop in currentLoops { loop.execute {} }
    }

    private func nextTimer() async -> ContinuousClock.Instant? {
        var earliest: ContinuousClock.Instant?
        for loop in currentLoops {
            guard let next = await loop.nextTimer() else { continue }
            earliest = min(earliest ?? next, next)
        }
        return earliest
    }
}

extension EventLoop {
    /// The state of a loop when it runs a probe: a job that reads the state.
    struct Activity: Equatable {
        /// Whether the loop has nothing to do except for the probe.
        var isIdle: Bool
        /// The number of jobs that the loop has taken from its queue.
        var jobs: UInt

        /// The state at the next probe if the loop runs nothing until then.
        var afterProbe: Activity { Activity(isIdle: isIdle, jobs: jobs &+ 1) }
    }

    /// Runs a probe.
    fileprivate func activity() async -> Activity {
        await withCheckedContinuation { continuation in
            execute { [self] in
                let isDue = timers.earliest.map { $0 <= clock.now } ?? false
                let isIdle = jobs.isEmpty && unflushed.isEmpty && requestCount == 0 && (!isDue || hasEnded)
                continuation.resume(returning: Activity(isIdle: isIdle, jobs: jobs.taken))
            }
        }
    }

    /// Returns the time of the first timer; nil if there is none.
    fileprivate func nextTimer() async -> ContinuousClock.Instant? {
        await withCheckedContinuation { continuation in
            execute { [self] in continuation.resume(returning: timers.earliest) }
        }
    }
}
