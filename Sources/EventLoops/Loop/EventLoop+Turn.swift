import CUV

extension EventLoop {
    /// The maximum number of rounds of jobs and flushes in one turn. After them, the loop polls before it continues.
    ///
    /// There may be several rounds because a flush can cause jobs: a drained socket resumes a task, which writes again.
    private static let roundsPerTurn = 4
    static let jobsPerRound = 256

    /// Runs jobs, flushes transports and sets the alarm. Called just before each poll.
    func finishTurn() {
        var rounds = 0
        repeat {
            runJobs(limit: Self.jobsPerRound)
            flushTransports()
            rounds += 1
        } while rounds < Self.roundsPerTurn && hasWork
        if mustEnd { end() }
        let timersAreDue = prepareTimers()
        setHaste(hasWork || timersAreDue)
        turnTime = nil
        countTurn()
    }

    private var hasWork: Bool { !jobs.isEmpty || !unflushed.isEmpty }

    /// Adds a transport to the list of those to flush at the end of the turn. It must not be on the list.
    func addUnflushed(_ transport: Transport) { unflushed.append(transport) }

    private func flushTransports() {
        guard !unflushed.isEmpty else { return }
        swap(&unflushed, &flushing)
        for transport in flushing { transport.flushAtEndOfTurn() }
        flushing.removeAll(keepingCapacity: true)
    }

    /// Sets whether the next poll returns immediately. In libuv, an active idle handle has this effect.
    private func setHaste(_ hasty: Bool) {
        guard hasty != isHasty else { return }
        isHasty = hasty
        if hasty {
            uv_idle_start(urgentTurn) { _ in }
        } else {
            uv_idle_stop(urgentTurn)
        }
    }
}
