import CUV

/// Watches event loops from a thread of its own, and reports those that are held for too long while they are held.
///
/// Ends with ``stop()``, or when it is let go. Costs the loops two stores for each piece of labelled work and one for
/// each turn; the thread wakes up twice in each `limit`.
package final class LoopWatch: Sendable {
    private let watcher: Watcher

    /// - Parameters:
    ///   - limit: a loop that is held for longer is reported, 1.5 times this time after its turn began at the latest.
    ///   - report: called on the watch's thread, once for each turn that takes too long, with the work that the loop is
    ///     at.
    package init(
        _ loops: [EventLoop], limit: Duration, report: @escaping @Sendable (EventLoop, WorkLabel) -> Void
    ) {
        watcher = Watcher(loops, interval: limit / HoldDetector.intervals, report: report)
        // Without a thread for it, the loops are not watched.
        _ = startThread("watchdog") { [watcher] in watcher.run() }
    }

    deinit { watcher.stop() }

    package func stop() { watcher.stop() }
}

/// What the thread holds.
///
/// Unchecked because `isStopped` is guarded by `mutex`, and the detectors belong to the thread.
private final class Watcher: @unchecked Sendable {
    private let loops: [EventLoop]
    private var detectors: [HoldDetector]
    private let nanoseconds: UInt64
    private let report: @Sendable (EventLoop, WorkLabel) -> Void
    private let mutex = UnsafeMutablePointer<uv_mutex_t>.allocate(capacity: 1)
    private let stopping = UnsafeMutablePointer<uv_cond_t>.allocate(capacity: 1)
    private var isStopped = false

    init(_ loops: [EventLoop], interval: Duration, report: @escaping @Sendable (EventLoop, WorkLabel) -> Void) {
        self.loops = loops
        self.report = report
        detectors = loops.map { _ in HoldDetector() }
        nanoseconds = min(max(interval, .milliseconds(1)), .seconds(86_399)).wholeMilliseconds * 1_000_000
        uv_mutex_init(mutex)
        uv_cond_init(stopping)
    }

    deinit {
        uv_cond_destroy(stopping)
        uv_mutex_destroy(mutex)
        stopping.deallocate()
        mutex.deallocate()
    }

    func stop() {
        uv_mutex_lock(mutex)
        isStopped = true
        uv_cond_signal(stopping)
        uv_mutex_unlock(mutex)
    }

    func run() {
        while waitForNextSample() {
            for (index, loop) in loops.enumerated() {
                let (turn, label) = loop.sample()
                guard detectors[index].sampled(turn: turn, isAtWork: label != nil), let label else { continue }
                report(loop, label)
            }
        }
    }

    /// - Returns: whether to go on.
    private func waitForNextSample() -> Bool {
        uv_mutex_lock(mutex)
        defer { uv_mutex_unlock(mutex) }
        // Woken up early for no reason, it takes an early sample once in a while.
        if !isStopped { uv_cond_timedwait(stopping, mutex, nanoseconds) }
        return !isStopped
    }
}

extension EventLoop {
    /// The turn that the loop is in, and the work that it is at in this turn.
    fileprivate func sample() -> (turn: UInt, label: WorkLabel?) {
        let turn = turns.load(ordering: .acquiring)
        let label = currentWork
        return (turn, turns.load(ordering: .acquiring) == turn ? label : nil)
    }
}
