extension EventLoop {
    /// Suspends the task until a point in time of the loop's clock. Thread-safe.
    /// - Throws: `CancellationError` if the task is cancelled, or the loop ends, before the time.
    package func sleep(until time: ContinuousClock.Instant) async throws(CancellationError) {
        let sleep = LoopBound(Sleep(loop: self), loop: self)
        let isOver = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                execute { sleep.value.begin(until: time, continuation) }
            }
        } onCancel: {
            execute { sleep.value.end(isOver: false) }
        }
        if !isOver { throw CancellationError() }
    }
}

/// One task that sleeps. It is a member of its loop, because a loop that ends must wake it.
private final class Sleep: LoopMember {
    private enum State {
        /// Exits: sleeping, over.
        case new
        /// Exits: over.
        case sleeping(CheckedContinuation<Bool, Never>, TimerToken)
        case over
    }

    private var state = State.new

    func begin(until time: ContinuousClock.Instant, _ continuation: CheckedContinuation<Bool, Never>) {
        guard case .new = state, !loop.isEnding else { return continuation.resume(returning: false) }
        let delay = time - loop.clock.now
        guard delay > .zero else {
            state = .over
            return continuation.resume(returning: true)
        }
        join()
        state = .sleeping(continuation, loop.schedule(after: delay) { [self] in end(isOver: true) })
    }

    /// Wakes the task, or keeps it from falling asleep.
    /// - Parameter isOver: Whether the time has come.
    func end(isOver: Bool) {
        defer { state = .over }
        guard case .sleeping(let continuation, let timer) = state else { return }
        loop.cancel(timer)
        leave()
        continuation.resume(returning: isOver)
    }

    override func loopWillEnd() { end(isOver: false) }
}
