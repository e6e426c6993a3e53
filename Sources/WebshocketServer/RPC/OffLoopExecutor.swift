import EventLoops

/// An executor for actors that must not run on an event loop, because they compute for a long time or block their
/// thread.
///
/// A method runs on the event loop of its caller's connection, and that loop is its task's preferred executor. An actor
/// with Swift's default executor therefore runs on the loop too while a method awaits it (SE-0417), and holds up the
/// loop's other connections. An actor with its own executor ignores that preference:
///
///     actor Catalogue {
///         private let executor = OffLoopExecutor()
///         nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
///     }
///
/// A call to such an actor costs one switch to its executor and one back to the loop, about 10 µs together. The actor's
/// jobs run on Swift's global concurrent executor, one at a time, in the order in which they were enqueued. Actors that
/// share an executor share that order. The executor must live as long as its actors, which a stored property ensures.
public final class OffLoopExecutor: SerialExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        /// Whether a task is running jobs, or has been started to do so.
        var isRunning = false
    }

    private let state = Locked(State())

    /// Creates an executor. It uses no thread while it has no jobs.
    public init() {}

    /// Queues a job. The Swift runtime calls this method on any thread.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let mustStart = state.withLock { state in
            state.jobs.append(job)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if mustStart { start() }
    }

    /// Starts a task that runs the queued jobs and then ends. It is never cancelled, because jobs cannot be cancelled.
    private func start() {
        Task.detached { self.runJobs() }
    }

    /// Runs the queued jobs. Jobs that arrive meanwhile run in a new task, to let other tasks run in between.
    private func runJobs() {
        let jobs = state.withLock { state in
            defer { state.jobs = [] }
            return state.jobs
        }
        let executor = asUnownedSerialExecutor()
        for job in jobs { job.runSynchronously(on: executor) }
        let mustGoOn = state.withLock { state in
            state.isRunning = !state.jobs.isEmpty
            return state.isRunning
        }
        if mustGoOn { start() }
    }
}
