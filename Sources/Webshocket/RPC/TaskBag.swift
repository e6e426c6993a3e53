import EventLoops

/// The tasks of one connection that have started and not ended: their owner, which cancels them with the connection.
///
/// Confined to the connection's loop, like the tasks themselves.
final class TaskBag {
    /// The loop that runs the current task, or that ran the code that made it; nil for tasks that no server has started.
    @TaskLocal static var loop: ObjectIdentifier?

    private var running: [UInt64: Task<Void, Never>] = [:]
    private var last: UInt64 = 0
    /// The task whose first stretch is on the stack below us; it may end before it is in the bag.
    private var starting: UInt64 = 0
    private var emptied: (() -> Void)?

    /// Starts `body` at once, on the caller's stack, until it suspends for the first time.
    /// - Parameters:
    ///   - label: names the task's work on the loop, for the watchdog.
    ///   - body: is given the task's number.
    /// - Returns: the task's number, or nil when it has ended already.
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

    /// Cancels one task; harmless when it has ended.
    func cancel(_ number: UInt64) {
        running[number]?.cancel()
    }

    func cancelAll() {
        for task in running.values { task.cancel() }
    }

    /// Calls back when all that run have ended, at once where none does; to be called when none is started any more.
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
