import CUV

extension EventLoop {
    /// Jobs and flushes feed each other (a drained socket resumes a task that writes); this often in one turn, then
    /// descriptors are polled before the rest goes on.
    private static let roundsPerTurn = 4
    static let jobsPerRound = 256

    /// What happens just before each poll: jobs run, sockets write, the alarm is set.
    func finishTurn() {
        var rounds = 0
        repeat {
            runJobs(limit: Self.jobsPerRound)
            flushSockets()
            rounds += 1
        } while rounds < Self.roundsPerTurn && hasWork
        if mustEnd { end() }
        let timersAreDue = prepareTimers()
        setHaste(hasWork || timersAreDue)
        turnTime = nil
        countTurn()
    }

    private var hasWork: Bool { !jobs.isEmpty || !unflushed.isEmpty }

    /// Puts a socket on the list that the end of the turn writes; the socket sees to it that it is there once.
    func addUnflushed(_ socket: Socket) { unflushed.append(socket) }

    private func flushSockets() {
        guard !unflushed.isEmpty else { return }
        swap(&unflushed, &flushing)
        for socket in flushing { socket.flushAtEndOfTurn() }
        flushing.removeAll(keepingCapacity: true)
    }

    /// An active idle handle is libuv's way to say that the next poll must not block.
    private func setHaste(_ hasty: Bool) {
        guard hasty != isHasty else { return }
        isHasty = hasty
        if hasty {
            uv_idle_start(haste) { _ in }
        } else {
            uv_idle_stop(haste)
        }
    }
}
