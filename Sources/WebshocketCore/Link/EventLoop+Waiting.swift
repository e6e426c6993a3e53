import EventLoops
import Synchronization

/// Records that a task was cancelled before its work reached the event loop.
///
/// The cancellation handler may run before the work is on the loop. The loop checks this mark before it starts the
/// work.
@usableFromInline
final class CancellationMark: Sendable {
    private let flag = Atomic(false)

    @usableFromInline init() {}

    @usableFromInline var isCancelled: Bool { flag.load(ordering: .acquiring) }

    @usableFromInline func cancel() { flag.store(true, ordering: .releasing) }
}

extension EventLoop {
    /// Starts work on the loop and waits for its result. If the task is cancelled, the work is not started, or is asked
    /// to end.
    /// - Parameters:
    ///   - begin: Starts the work, on the loop; must resume the continuation eventually.
    ///   - cancelledBefore: Called on the loop instead of `begin` if the task was cancelled before.
    ///   - cancel: Called on the loop when the task is cancelled, possibly after the work has ended; must make it end
    ///     soon.
    @inlinable
    package func wait<Value: Sendable>(
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
