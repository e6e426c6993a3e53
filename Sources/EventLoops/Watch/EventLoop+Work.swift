import Synchronization

// The loop records its current labelled work and counts its turns, both with plain stores on its own thread. A watchdog
// reads them on another thread.
extension EventLoop {
    /// Records that labelled work begins. Call it on the loop.
    /// - Returns: The previous work of the loop, to pass to ``end(_:)``.
    @inlinable @inline(__always)
    package func begin(_ label: WorkLabel) -> UInt {
        let outer = work.load(ordering: .relaxed)
        work.store(UInt(bitPattern: Unmanaged.passUnretained(label).toOpaque()), ordering: .relaxed)
        return outer
    }

    /// Records that labelled work has ended. Call it on the loop.
    /// - Parameter outer: The value that ``begin(_:)`` returned.
    @inlinable @inline(__always)
    package func end(_ outer: UInt) { work.store(outer, ordering: .relaxed) }

    /// The label of the work that the loop runs now; nil if it runs no labelled work.
    package var currentWork: WorkLabel? {
        UnsafeRawPointer(bitPattern: work.load(ordering: .relaxed)).map {
            Unmanaged<WorkLabel>.fromOpaque($0).takeUnretainedValue()
        }
    }

    /// Whether the loop runs labelled work now. Thread-safe.
    package var isAtWork: Bool { work.load(ordering: .relaxed) != 0 }

    func countTurn() {
        turns.store(turns.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }

    /// Returns the executor that runs the jobs of tasks as work with this label. Call it on the loop.
    package func executor(for label: WorkLabel) -> LabelledExecutor {
        let key = ObjectIdentifier(label)
        if let executor = labelledExecutors[key] { return executor }
        let executor = LabelledExecutor(self, label)
        if !hasEnded { labelledExecutors[key] = executor }
        return executor
    }
}

/// An executor that runs the jobs of tasks on a loop as labelled work, including jobs after a suspension.
package final class LabelledExecutor: TaskExecutor {
    let loop: EventLoop
    let label: WorkLabel

    init(_ loop: EventLoop, _ label: WorkLabel) {
        self.loop = loop
        self.label = label
    }

    /// Queues the next job of a task. Called by the Swift runtime, on any thread.
    package func enqueue(_ job: consuming ExecutorJob) {
        loop.leave(.labelledJob(UnownedJob(job), self))
    }
}
