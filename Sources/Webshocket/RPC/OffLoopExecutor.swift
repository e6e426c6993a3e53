import EventLoops

/// An executor for actors whose work must not run on an event loop: actors that compute for long or block their thread.
///
/// Methods run on the event loop of their caller's connection, and prefer to stay there: an actor with Swift's default
/// executor runs on the loop too while a method waits for it (SE-0417), and holds up the loop's other connections. An
/// actor that names an executor of its own does not follow that preference:
///
///     actor Catalogue {
///         private let executor = OffLoopExecutor()
///         nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
///     }
///
/// A call of such an actor leaves the loop with one enqueue and returns with one, about 10 µs together. Its work runs
/// on Swift's global concurrent executor, one job after the other, in the order in which it was enqueued. Actors that
/// share an executor share that order. The executor must live as long as its actors, which a stored property ensures.
public final class OffLoopExecutor: SerialExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        /// Whether a task runs jobs, or is about to.
        var isRunning = false
    }

    private let state = Locked(State())

    /// Makes an executor; it holds no thread while there is nothing to run.
    public init() {}

    /// Queues a job; called by the Swift runtime, on any thread.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let mustStart = state.withLock { state in
            state.jobs.append(job)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if mustStart { start() }
    }

    /// The task ends by itself: it runs the jobs that are queued, which cannot be cancelled.
    private func start() {
        Task.detached { self.runJobs() }
    }

    /// Runs the queued jobs. Jobs that arrive meanwhile run in a new task, so that other tasks get their turn.
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
