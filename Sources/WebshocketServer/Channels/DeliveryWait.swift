import EventLoops

/// A publisher that waits until every recipient of its message has room for more.
final class DeliveryWait: Sendable {
    private struct State {
        /// The number of loops that have not delivered yet, plus the number of recipients without room.
        var pending: Int
        var delivered = 0
        var continuation: CheckedContinuation<Int, any Error>?
        var isCancelled = false
    }

    private let state: Locked<State>

    init(loops: Int) {
        state = Locked(State(pending: loops))
    }

    func begin(_ continuation: CheckedContinuation<Int, any Error>) {
        state.withLock { $0.continuation = continuation }
        resumeIfOver()
    }

    /// Records the result of one loop. Called on that loop.
    func loopHasDelivered(_ report: DeliveryReport) {
        state.withLock { state in
            state.delivered += report.delivered
            state.pending += report.waiting.count
        }
        for (recipient, time) in report.waiting {
            recipient.whenRoom(atMost: time) { self.onePassed() }
        }
        onePassed()
    }

    /// Stops waiting. The message stays published.
    func cancel() {
        state.withLock { $0.isCancelled = true }
        resumeIfOver()
    }

    private func onePassed() {
        state.withLock { $0.pending -= 1 }
        resumeIfOver()
    }

    private func resumeIfOver() {
        let (continuation, result): (CheckedContinuation<Int, any Error>?, Result<Int, any Error>) = state.withLock {
            state in
            if state.pending == 0 { return (state.continuation.take(), .success(state.delivered)) }
            if state.isCancelled { return (state.continuation.take(), .failure(CancellationError())) }
            return (nil, .success(0))
        }
        continuation?.resume(with: result)
    }
}
