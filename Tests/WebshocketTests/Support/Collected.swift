import EventLoops

/// A thread-safe list of values that closures append, in order.
final class Collected<Element: Sendable>: Sendable {
    private struct Waiter {
        let number: Int
        let condition: @Sendable ([Element]) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var values: [Element] = []
        var waiters: [Waiter] = []
        var nextNumber = 0
    }

    private let state = Locked(State())

    var values: [Element] { state.withLock { $0.values } }

    func append(_ element: Element) {
        let ready = state.withLock { state in
            state.values.append(element)
            guard !state.waiters.isEmpty else { return [Waiter]() }
            let values = state.values
            let index = state.waiters.partition { $0.condition(values) }
            let ready = Array(state.waiters[index...])
            state.waiters.removeSubrange(index...)
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    /// Waits until there are at least `count` values, or the task is cancelled.
    func wait(count: Int) async { await wait { $0.count >= count } }

    /// Waits until the values satisfy a condition, or the task is cancelled.
    /// - Parameter condition: Called after each new value, while the lock is held.
    func wait(until condition: @escaping @Sendable ([Element]) -> Bool) async {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    guard !Task.isCancelled, !condition(state.values) else { return false }
                    state.waiters.append(Waiter(number: number, condition: condition, continuation: continuation))
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            let cancelled = state.withLock { state in
                let index = state.waiters.firstIndex { $0.number == number }
                return index.map { state.waiters.remove(at: $0) }
            }
            cancelled?.continuation.resume()
        }
    }
}
