import CUV

extension EventLoop {
    /// Timers that come due in one go before descriptors are polled again.
    private static let timersPerTurn = 1_024

    /// Runs `action` on the loop, not earlier than `delay` from now; on the loop only. A delay of more than a century
    /// counts as a century.
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

    /// At the end of a turn. The alarm is only ever set earlier: where a deadline was cancelled, one idle wake-up costs
    /// less than setting the alarm with every message.
    func setAlarm() {
        guard let earliest = timers.earliest else { return }
        if let alarmTime, alarmTime <= earliest { return }
        alarmTime = earliest
        uv_update_time(uv)
        uv_timer_start(alarm, onAlarm, (earliest - ContinuousClock.now).wholeMilliseconds, 0)
    }

    fileprivate func runTimers() {
        alarmTime = nil
        let now = ContinuousClock.now
        turnTime = now
        var left = Self.timersPerTurn
        while left > 0, let action = timers.popDue(at: now) {
            left -= 1
            action()
        }
    }
}

extension Duration {
    /// This time as the delay of a timer: at least zero, and at most a century, so that its end is a point in time too.
    package var asDelay: Duration { min(max(self, .zero), .seconds(100 * 366 * 86_400)) }

    /// Rounded up, and at most a day: whoever waits longer looks again then.
    var wholeMilliseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        guard seconds < 86_400 else { return 86_400_000 }
        return UInt64(seconds) * 1_000 + UInt64((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}

private func onAlarm(_ handle: UnsafeMutablePointer<uv_timer_t>?) {
    eventLoop(at: handle.unsafelyUnwrapped.pointee.data).runTimers()
}
