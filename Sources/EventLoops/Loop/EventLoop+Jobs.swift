import CUV

extension EventLoop {
    /// Queues the next job of a task. Called by the Swift runtime, on any thread.
    @usableFromInline
    package func enqueue(_ job: consuming ExecutorJob) {
        leave(.job(UnownedJob(job)))
    }

    /// Runs `work` on the loop, after all work that the calling thread has queued before. Thread-safe.
    ///
    /// On the loop, it costs an append to an array. On another thread, it costs a lock, and a wake-up for the first
    /// item of a batch.
    @usableFromInline
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

    /// Wakes the loop or starts a stand-in, if necessary.
    ///
    /// Call it with the inbox locked: an async handle must not be signalled after it was closed, and the lock prevents
    /// that.
    func act(on wake: Inbox.Wake) {
        switch wake {
        case .wake:
            hasQueuedJobs.store(true, ordering: .releasing)
            uv_async_send(wakeUp)
        case .startStandIn: startStandIn()
        case .nothing: break
        }
    }

    private func takeInbox() {
        let arrived = inbox.withLock { inbox in
            mustEnd = inbox.mustEnd
            hasQueuedJobs.store(false, ordering: .relaxed)
            return inbox.takeAll()
        }
        jobs.append(contentsOf: arrived)
    }

    /// Runs work from other threads before received bytes are delivered.
    ///
    /// The bytes may be the answer to something that this work sent, and a poll may report the socket before the
    /// wake-up. If no such work is queued, it costs one atomic load.
    @inline(__always)
    func readMailIfAny() {
        if hasQueuedJobs.load(ordering: .acquiring) { runQueuedJobs() }
    }

    @inline(never)
    func runQueuedJobs() {
        takeInbox()
        runJobs(limit: jobs.count)
    }

    /// Runs at most `limit` jobs, including jobs that are queued meanwhile.
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
