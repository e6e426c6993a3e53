import CUV

/// A watchdog for event loops. It reports a loop that is blocked for too long while it is still blocked.
///
/// It runs on its own thread until ``stop()`` is called or the object is released. It costs a loop two stores for each
/// piece of labelled work and one for each turn. The thread wakes up twice in each `limit`.
package final class LoopWatch: Sendable {
    private let watcher: Watcher

    /// Starts to watch loops.
    /// - Parameters:
    ///   - loops: The loops to watch.
    ///   - limit: The time for which a loop may be blocked. It is reported at most 1.5 times this time after its turn
    ///     began.
    ///   - report: Called on the watchdog's thread, once for each turn that takes too long, with the loop and its
    ///     current work.
    package init(
        _ loops: [EventLoop], limit: Duration, report: @escaping @Sendable (EventLoop, WorkLabel) -> Void
    ) {
        watcher = Watcher(loops, interval: limit / HoldDetector.intervals, report: report)
        // If the thread cannot be created, the loops are not watched.
        _ = startThread("watchdog") { [watcher] in watcher.run() }
    }

    deinit { watcher.stop() }

    package func stop() { watcher.stop() }
}

/// The state of the watchdog's thread.
///
/// Unchecked because `mutex` guards `isStopped`, and only the thread uses the detectors.
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

    /// Waits for one interval.
    /// - Returns: False if the watchdog was stopped.
    private func waitForNextSample() -> Bool {
        uv_mutex_lock(mutex)
        defer { uv_mutex_unlock(mutex) }
        // After a spurious wake-up, the next sample is taken early, which is harmless.
        if !isStopped { uv_cond_timedwait(stopping, mutex, nanoseconds) }
        return !isStopped
    }
}

extension EventLoop {
    /// Returns the current turn of the loop, and the labelled work that it runs in this turn.
    fileprivate func sample() -> (turn: UInt, label: WorkLabel?) {
        let turn = turns.load(ordering: .acquiring)
        let label = currentWork
        return (turn, turns.load(ordering: .acquiring) == turn ? label : nil)
    }
}
