import Synchronization

// The loop notes which labelled work it is at, and counts its turns. Both are plain stores of the loop's own thread; a
// watchdog reads them from its thread.
extension EventLoop {
    /// Notes that the loop begins work with a label; on the loop.
    /// - Returns: what the loop was at before, for ``end(_:)``.
    @inlinable @inline(__always)
    package func begin(_ label: WorkLabel) -> UInt {
        let outer = work.load(ordering: .relaxed)
        work.store(UInt(bitPattern: Unmanaged.passUnretained(label).toOpaque()), ordering: .relaxed)
        return outer
    }

    /// Notes that the work has returned; on the loop.
    @inlinable @inline(__always)
    package func end(_ outer: UInt) { work.store(outer, ordering: .relaxed) }

    /// The label of the work that the loop is at; nil if it is at nothing that has one.
    package var currentWork: WorkLabel? {
        UnsafeRawPointer(bitPattern: work.load(ordering: .relaxed)).map {
            Unmanaged<WorkLabel>.fromOpaque($0).takeUnretainedValue()
        }
    }

    /// Whether the loop runs labelled work now; on any thread.
    package var isAtWork: Bool { work.load(ordering: .relaxed) != 0 }

    func countTurn() {
        turns.store(turns.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }

    /// The executor for tasks whose steps are work with a label; on the loop.
    package func executor(for label: WorkLabel) -> LabelledExecutor {
        let key = ObjectIdentifier(label)
        if let executor = labelledExecutors[key] { return executor }
        let executor = LabelledExecutor(self, label)
        if !hasEnded { labelledExecutors[key] = executor }
        return executor
    }
}

/// A loop as the executor of tasks whose steps the loop notes with a label, also when they go on after a wait.
package final class LabelledExecutor: TaskExecutor {
    let loop: EventLoop
    let label: WorkLabel

    init(_ loop: EventLoop, _ label: WorkLabel) {
        self.loop = loop
        self.label = label
    }

    /// Queues a task's next step; called by the Swift runtime, on any thread.
    package func enqueue(_ job: consuming ExecutorJob) {
        loop.leave(.labelledJob(UnownedJob(job), self))
    }
}
