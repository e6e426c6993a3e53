import Synchronization

/// Remembers that a task was cancelled, for work of it that has yet to reach the loop.
///
/// The task's cancellation handler may run before the work is there to be cancelled; whoever takes up the work asks
/// here first.
final class CancellationMark: Sendable {
    private let flag = Atomic(false)

    var isCancelled: Bool { flag.load(ordering: .acquiring) }

    func cancel() { flag.store(true, ordering: .releasing) }
}
