import CUV

extension EventLoop {
    /// The maximum number of turns after all handles are closed. Jobs that are left, such as those of a task that
    /// always yields, run on the stand-in thread.
    private static let lastTurns = 64

    /// Starts the thread, which retains the loop until it ends.
    /// - Throws: The system's error if it runs out of descriptors or threads. Then the loop counts as ended.
    func start() throws(SocketError) {
        cuv_ignore_sigpipe()
        StandardError.remember()
        do throws(SocketError) {
            try open()
            // While the process exits, the loop accepts work but never runs it.
            guard ProcessExit.willRun(self) else { return }
            try startMainThread()
        } catch {
            ProcessExit.didRun(self)
            fail(error)
            throw error
        }
    }

    private func startMainThread() throws(SocketError) {
        var result = startThread(name) { [self] in run() }
        // Threads that have just ended may still count towards the limit for a moment.
        for _ in 0..<50 where result == EAGAIN {
            usleep(1_000)
            result = startThread(name) { [self] in run() }
        }
        guard result != 0 else { return }
        for handle in ownHandles { uv_close(handle, nil) }
        uv_run(uv, UV_RUN_DEFAULT)
        uv_loop_close(uv)
        throw SocketError(.other(-result), .open)
    }

    /// Marks the loop as ended because it could not start. No other thread may use it yet.
    func fail(_ error: SocketError) {
        startError = error
        isEnding = true
        hasEnded = true
        inbox.withLock { $0.phase = .ended }
    }

    /// Returns the error for operations on a loop that is ending or could not start.
    func endError(_ operation: SocketError.Operation) -> SocketError {
        startError ?? SocketError(.cancelled, operation)
    }

    /// Starts a thread that runs jobs that arrive after the end. If that fails, a detached task runs them.
    func startStandIn() {
        if startThread(name, { [self] in runAsStandIn() }) != 0 { Task.detached { [self] in runAsStandIn() } }
    }

    /// Asks the loop to end, and returns immediately. Thread-safe.
    ///
    /// The loop runs the queued jobs and flushes the sockets. Then it closes all sockets, listeners and signal sources,
    /// runs the resulting jobs, and its thread ends. It waits for name resolutions that the system has already started.
    func beginEnding() {
        inbox.withLock {
            $0.mustEnd = true
            act(on: $0.wake())
        }
    }

    /// Waits until the thread has run its last job.
    func ended() async {
        await withCheckedContinuation { continuation in
            let isOver = inbox.withLock { inbox in
                if inbox.phase != .ended { inbox.waiters.append(continuation) }
                return inbox.phase == .ended
            }
            if isOver { continuation.resume() }
        }
    }

    /// Called at the end of each turn while the loop is ending.
    func end() {
        if !isEnding {
            isEnding = true
            uv_walk(uv, { handle, _ in closeOwner(of: handle) }, nil)
            for member in Array(membersWithoutHandle.values) { member.loopWillEnd() }
        }
        guard memberCount == 0 else { return }
        endingTurns += 1
        let isLastTurn = endingTurns > Self.lastTurns
        guard jobs.isEmpty || isLastTurn else { return }
        let isOver = inbox.withLock { inbox in
            guard inbox.work.isEmpty || isLastTurn else { return false }
            inbox.phase = .closing
            return true
        }
        guard isOver else { return }
        for handle in ownHandles { uv_close(handle, nil) }
    }

    private var ownHandles: [UnsafeMutablePointer<uv_handle_t>] {
        [
            UnsafeMutableRawPointer(wakeUp), UnsafeMutableRawPointer(endOfTurn), UnsafeMutableRawPointer(urgentTurn),
            UnsafeMutableRawPointer(alarm), UnsafeMutableRawPointer(afterPoll),
        ].map { $0.assumingMemoryBound(to: uv_handle_t.self) }
    }

    private func run() {
        cuv_set_current_loop(Unmanaged.passUnretained(self).toOpaque())
        uv_run(uv, UV_RUN_DEFAULT)
        let result = uv_loop_close(uv)
        assert(result == 0, "a handle outlived its loop")
        ProcessExit.didRun(self)
        timers.removeAll()
        unflushed.removeAll()
        labelledExecutors.removeAll()
        hasEnded = true
        // From here on, this thread is not the loop's: jobs that the waiters cause go to the inbox.
        cuv_set_current_loop(nil)
        var left: [Work] = []
        while let work = jobs.popFirst() { left.append(work) }
        let waiters = inbox.withLock { inbox in
            inbox.phase = .ended
            inbox.work = left + inbox.work
            act(on: inbox.wake())
            return inbox.waiters.takeAll()
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Runs jobs that arrive after the end, until none are left.
    ///
    /// At most one stand-in runs at a time, so jobs remain serialized.
    func runAsStandIn() {
        cuv_set_current_loop(Unmanaged.passUnretained(self).toOpaque())
        while true {
            let arrived = inbox.withLock { inbox in
                inbox.hasStandIn = !inbox.work.isEmpty
                return inbox.takeAll()
            }
            guard !arrived.isEmpty else { break }
            jobs.append(contentsOf: arrived)
            turnTime = nil
            runJobs()
        }
        cuv_set_current_loop(nil)
    }
}
