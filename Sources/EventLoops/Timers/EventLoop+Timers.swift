import CUV

extension EventLoop {
    /// The maximum number of timers that run before descriptors are polled again.
    private static let timersPerTurn = 1_024

    /// The maximum delay of the alarm, and so the maximum delay of an overdue timer after the machine wakes up.
    ///
    /// Deadlines use `ContinuousClock`, which advances while the machine sleeps (`CLOCK_BOOTTIME` on Linux). The clock
    /// of libuv's timers does not (`CLOCK_MONOTONIC`).
    private static let longestAlarm = Duration.seconds(5)

    /// Schedules `action` to run on the loop after a delay. Call it on the loop.
    ///
    /// A due timer runs only after the sockets have been read. The loop first polls without blocking, reads received
    /// bytes, accepts connections and takes DNS answers. So an answer that has already arrived is processed before its
    /// timeout, even if the loop was blocked for a long time. See ``DueTimers``.
    ///
    /// The timer retains `action` until it fires or is cancelled. When the loop ends, its timers are discarded, and new
    /// ones have no effect.
    /// - Parameters:
    ///   - delay: The minimum time until `action` runs, at most a century. Time during which the process is stopped or
    ///     the machine sleeps counts.
    ///   - action: The closure to run.
    /// - Returns: The token with which the timer can be cancelled.
    /// - Complexity: O(log *n*), where *n* is the number of timers of the loop.
    @discardableResult
    package func schedule(after delay: Duration, _ action: @escaping () -> Void) -> TimerToken {
        precondition(isCurrent, "schedule must be called on the loop")
        guard !hasEnded else { return .none }
        return timers.schedule(at: clock.now + delay.asDelay, action)
    }

    /// Cancels a timer. A no-op if the timer has already fired. Call it on the loop.
    package func cancel(_ token: TimerToken) {
        precondition(isCurrent, "cancel must be called on the loop")
        timers.cancel(token)
    }

    /// The number of pending timers. Access it on the loop.
    package var timerCount: Int {
        precondition(isCurrent, "timerCount must be accessed on the loop")
        return timers.count
    }

    /// While timers run, the time up to which timers are due; nil otherwise. All sockets were read after this time.
    ///
    /// A timer that serves many deadlines must compare them with this time, not with ``now``. Otherwise a deadline
    /// could pass before the sockets have been read.
    package var dueTime: ContinuousClock.Instant? { dueTimers.isRunning ? dueTimers.time : nil }

    /// Sets the alarm before a poll, or arranges that due timers run after the poll.
    ///
    /// The alarm is never postponed: if a timer was cancelled, one unnecessary wake-up costs less than setting the
    /// alarm for every message. The clock is read only if the alarm must be set.
    /// - Returns: Whether timers are due, so that the poll must not block.
    func prepareTimers() -> Bool {
        guard dueTimers.time == nil else { return !hasClosedHandles }
        guard let earliest = timers.earliest else { return false }
        if let alarmTime, alarmTime <= earliest { return false }
        guard !hasClosedHandles else { return false }
        let now = clock.now
        guard earliest > now else {
            dueTimers.becameDue(at: now)
            uv_check_start(afterPoll, onPolled)
            return true
        }
        // A manual clock wakes the loop when it is advanced.
        if clock.manual != nil { return false }
        let time = min(earliest, now + Self.longestAlarm)
        alarmTime = time
        uv_update_time(uv)
        uv_timer_start(alarm, onAlarm, (time - now).wholeMilliseconds, 0)
        return false
    }

    private var hasClosedHandles: Bool {
        uv_is_closing(UnsafeMutableRawPointer(alarm).assumingMemoryBound(to: uv_handle_t.self)) != 0
    }

    /// Called when the alarm fires. The timers run after the next poll (see ``DueTimers``).
    fileprivate func noteAlarm() { alarmTime = nil }

    /// Runs the timers that were due before the poll.
    ///
    /// Before each timer, it checks again whether a descriptor is ready, because earlier jobs or timers may have taken
    /// long.
    fileprivate func didPoll() {
        dueTimers.polled()
        // First run the tasks that wait for the bytes that were just read.
        runJobs(limit: Self.jobsPerRound)
        turnTime = nil
        for _ in 0..<Self.timersPerTurn {
            guard let time = dueTimers.begin(isSomethingReady: cuv_is_readable(uv_backend_fd(uv)) != 0) else { return }
            guard let action = timers.popDue(at: time) else { break }
            action()
        }
        dueTimers.end()
        uv_check_stop(afterPoll)
    }
}

extension Duration {
    /// This duration limited to the range from zero to a century, so the end of the delay is a valid instant.
    package var asDelay: Duration { min(max(self, .zero), .seconds(100 * 366 * 86_400)) }

    /// The number of milliseconds, rounded up. Valid for durations of less than a day.
    var wholeMilliseconds: UInt64 {
        let (seconds, attoseconds) = components
        return UInt64(seconds) * 1_000 + UInt64((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}

private func onAlarm(_ handle: UnsafeMutablePointer<uv_timer_t>?) {
    eventLoop(at: handle.unsafelyUnwrapped.pointee.data).noteAlarm()
}

private func onPolled(_ handle: UnsafeMutablePointer<uv_check_t>?) {
    eventLoop(at: handle.unsafelyUnwrapped.pointee.data).didPoll()
}
