import CUV

extension EventLoop {
    /// Queues a task's next step; called by the Swift runtime, on any thread.
    @usableFromInline
    package func enqueue(_ job: consuming ExecutorJob) {
        leave(.job(UnownedJob(job)))
    }

    /// Runs `work` on the loop, after what the calling thread left there before; on any thread.
    ///
    /// On the loop itself it costs an append; from elsewhere a lock, and a wake-up for the first in a batch.
    package func execute(_ work: @escaping @Sendable () -> Void) {
        leave(.call(work))
    }

    func leave(_ work: Work) {
        if isCurrent {
            jobs.append(work)
        } else {
            inbox.withLock { act(on: $0.leave(work)) }
        }
    }

    /// Under the inbox's lock: an async handle must not be signalled once it closes, which the lock rules out.
    func act(on wake: Inbox.Wake) {
        switch wake {
        case .wake:
            hasMail.store(true, ordering: .releasing)
            uv_async_send(wakeUp)
        case .startStandIn: startStandIn()
        case .nothing: break
        }
    }

    private func takeInbox() {
        let arrived = inbox.withLock { inbox in
            mustEnd = inbox.mustEnd
            hasMail.store(false, ordering: .relaxed)
            return inbox.takeAll()
        }
        jobs.append(contentsOf: arrived)
    }

    /// Runs what other threads have left before a socket's bytes were read, for those may be the answer to it: nothing
    /// says in which order a poll reports the wake-up and the sockets. Costs one load where nothing was left.
    @inline(__always)
    func readMailIfAny() {
        if hasMail.load(ordering: .acquiring) { readMail() }
    }

    @inline(never)
    func readMail() {
        takeInbox()
        runJobs(limit: jobs.count)
    }

    /// Runs jobs, those included that these queue, but at most `limit`.
    func runJobs(limit: Int = .max) {
        guard !jobs.isEmpty else { return }
        let executor = asUnownedTaskExecutor()
        var left = limit
        while left > 0, let work = jobs.popFirst() {
            left -= 1
            switch work {
            case .job(let job): job.runSynchronously(on: executor)
            case .labelledJob(let job, let labelled):
                let outer = begin(labelled.label)
                job.runSynchronously(on: labelled.asUnownedTaskExecutor())
                end(outer)
            case .call(let call): call()
            }
        }
    }
}
