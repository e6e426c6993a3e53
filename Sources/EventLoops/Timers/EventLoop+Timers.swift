import CUV

extension EventLoop {
    /// Timers that run in one go before descriptors are polled again.
    private static let timersPerTurn = 1_024

    /// The longest time that the alarm is set for.
    ///
    /// Deadlines are times of the `ContinuousClock`, which goes on while the machine sleeps (Linux: `CLOCK_BOOTTIME`).
    /// libuv's timers stop meanwhile (`CLOCK_MONOTONIC`). After the machine has woken up, this is how late an overdue
    /// timer can be.
    private static let longestAlarm = Duration.seconds(5)

    /// Runs `action` on the loop, not earlier than `delay` from now; on the loop only. A delay of more than a century
    /// counts as a century. Time during which the process is stopped, or the machine sleeps, counts.
    ///
    /// An overdue timer runs after the sockets have been read: once the deadline has passed, the loop polls without
    /// blocking, reads what has arrived, accepts connections and takes DNS answers, and only then runs the timer. So an
    /// answer that is in the socket wins over the timeout that waits for it, however long the loop was held up. See
    /// ``DueTimers``.
    ///
    /// The timer holds what `action` captures until it fires or is cancelled. All timers of a loop share one of
    /// libuv's. When the loop ends, timers are dropped, and none is set any more.
    @discardableResult
    package func schedule(after delay: Duration, _ action: @escaping () -> Void) -> TimerToken {
        precondition(isCurrent, "Timers are set on their loop.")
        guard !hasEnded else { return .none }
        return timers.schedule(at: ContinuousClock.now + delay.asDelay, action)
    }

    /// Takes a timer back; a token of one that has fired does no harm. On the loop only.
    package func cancel(_ token: TimerToken) {
        precondition(isCurrent, "Timers are cancelled on their loop.")
        timers.cancel(token)
    }

    /// How many timers are set; on the loop only.
    package var timerCount: Int {
        precondition(isCurrent, "Timers are counted on their loop.")
        return timers.count
    }

    /// While timers run, the time up to which they are due; nil otherwise. All sockets were read after it.
    ///
    /// A timer that stands for many deadlines compares them with this time rather than with ``now``, so that none of
    /// them passes before the sockets have been read.
    package var dueTime: ContinuousClock.Instant? { dueTimers.isRunning ? dueTimers.time : nil }

    /// Sets the alarm before a poll, or has the timers that are due run after it.
    ///
    /// The alarm is only ever set earlier: if a deadline was cancelled, one idle wake-up costs less than setting the
    /// alarm with every message. The clock is read only if the alarm has to be set.
    /// - Returns: whether timers are due, so that the poll must not block.
    func prepareTimers() -> Bool {
        guard dueTimers.time == nil else { return !hasClosedHandles }
        guard let earliest = timers.earliest else { return false }
        if let alarmTime, alarmTime <= earliest { return false }
        guard !hasClosedHandles else { return false }
        let now = ContinuousClock.now
        guard earliest > now else {
            dueTimers.becameDue(at: now)
            uv_check_start(afterPoll, onPolled)
            return true
        }
        let time = min(earliest, now + Self.longestAlarm)
        alarmTime = time
        uv_update_time(uv)
        uv_timer_start(alarm, onAlarm, (time - now).wholeMilliseconds, 0)
        return false
    }

    private var hasClosedHandles: Bool {
        uv_is_closing(UnsafeMutableRawPointer(alarm).assumingMemoryBound(to: uv_handle_t.self)) != 0
    }

    /// Called when the alarm goes off. The timers run after the next poll, see ``DueTimers``.
    fileprivate func noteAlarm() { alarmTime = nil }

    /// Runs the timers that were due before the poll. It looks before each of them whether something has arrived
    /// meanwhile, as it may have if what ran since took long.
    fileprivate func didPoll() {
        dueTimers.polled()
        // Tasks that wait for what was read just now go on first.
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
    /// This time as the delay of a timer: at least zero, and at most a century, so that its end is a point in time too.
    package var asDelay: Duration { min(max(self, .zero), .seconds(100 * 366 * 86_400)) }

    /// Rounded up; for less than a day.
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
