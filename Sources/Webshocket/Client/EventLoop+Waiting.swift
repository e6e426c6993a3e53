import EventLoops
import Synchronization

/// Remembers that a task was cancelled, for work of it that has yet to reach the loop.
///
/// The task's cancellation handler may run before the work is there to be cancelled; whoever takes up the work asks
/// here first.
private final class CancellationMark: Sendable {
    private let flag = Atomic(false)

    var isCancelled: Bool { flag.load(ordering: .acquiring) }

    func cancel() { flag.store(true, ordering: .releasing) }
}

extension EventLoop {
    /// Begins work on the loop and waits for its result; a cancelled task's work is not begun, or is told to end.
    /// - Parameters:
    ///   - begin: called on the loop; resumes the continuation sooner or later.
    ///   - cancelledBefore: called on the loop instead of `begin` if the task is cancelled by then.
    ///   - cancel: called on the loop, maybe after the work has ended; sees to it that it ends soon.
    func wait<Value: Sendable>(
        begin: @escaping @Sendable (CheckedContinuation<Result<Value, any Error>, Never>) -> Void,
        cancelledBefore: @escaping @Sendable () -> Void = {},
        cancel: @escaping @Sendable () -> Void
    ) async -> Result<Value, any Error> {
        let mark = CancellationMark()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                execute {
                    if mark.isCancelled {
                        cancelledBefore()
                        return continuation.resume(returning: .failure(CancellationError()))
                    }
                    begin(continuation)
                }
            }
        } onCancel: {
            mark.cancel()
            execute(cancel)
        }
    }
}
