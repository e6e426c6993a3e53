import EventLoops

/// The running tasks of one connection. Its owner cancels them when the connection ends.
///
/// Confined to the connection's loop, like the tasks themselves.
final class TaskBag {
    /// The loop that runs the current task, or that ran the code that created it; nil for tasks not started by a
    /// server.
    @TaskLocal static var loop: ObjectIdentifier?

    private var running: [UInt64: Task<Void, Never>] = [:]
    private var last: UInt64 = 0
    /// The number of the task that has not suspended yet and is still on the call stack. It may end before it is added
    /// to `running`. 0 if there is no such task.
    private var starting: UInt64 = 0
    private var emptied: (() -> Void)?

    /// Starts a task. It runs immediately, on the caller's stack, until it suspends for the first time.
    /// - Parameters:
    ///   - label: The label of the task's work on the loop, for the watchdog.
    ///   - body: Receives the task's number.
    /// - Returns: The task's number, or nil if it has already ended.
    @discardableResult
    func start(
        on loop: EventLoop, as label: WorkLabel,
        _ body: nonisolated(nonsending) @escaping @Sendable (_ number: UInt64) async -> Void
    ) -> UInt64? {
        last += 1
        let number = last
        let outer = starting
        starting = number
        let bag = LoopBound(self, loop: loop)
        let executor = loop.executor(for: label)
        let outerWork = loop.begin(label)
        let task = Self.$loop.withValue(ObjectIdentifier(loop)) {
            Task.immediate(executorPreference: executor) {
                await body(number)
                bag.value.ended(number)
                withExtendedLifetime(executor) {}
            }
        }
        loop.end(outerWork)
        let isRunning = starting == number
        if isRunning { running[number] = task }
        starting = outer
        return isRunning ? number : nil
    }

    /// Cancels one task. A no-op if it has ended.
    func cancel(_ number: UInt64) {
        running[number]?.cancel()
    }

    func cancelAll() {
        for task in running.values { task.cancel() }
    }

    /// Calls `emptied` when all running tasks have ended, or immediately if none is running. Start no task afterwards.
    func whenEmpty(_ emptied: @escaping () -> Void) {
        if running.isEmpty { emptied() } else { self.emptied = emptied }
    }

    private func ended(_ number: UInt64) {
        if starting == number {
            starting = 0
        } else {
            running[number] = nil
        }
        if running.isEmpty { emptied.take()?() }
    }
}
