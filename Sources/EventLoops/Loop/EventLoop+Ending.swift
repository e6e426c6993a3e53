import CUV

extension EventLoop {
    /// Turns that jobs get after every handle is closed; a task that yields for ever goes on with the stand-in.
    private static let lastTurns = 64

    /// Starts the thread; it keeps the loop alive until it ends.
    /// - Throws: the system's error if there are no descriptors or threads left; then the loop is like one that has
    ///   ended.
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
        // Threads that have just ended may count for a moment.
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

    /// Makes the loop, which no other thread knows yet, one that has ended.
    func fail(_ error: SocketError) {
        startError = error
        isEnding = true
        hasEnded = true
        inbox.withLock { $0.phase = .ended }
    }

    /// The error for operations on a loop that is ending or could not start.
    func endError(_ operation: SocketError.Operation) -> SocketError {
        startError ?? SocketError(.cancelled, operation)
    }

    /// Starts a thread that runs what arrives after the end; without one, the tasks' threads do.
    func startStandIn() {
        if startThread(name, { [self] in runAsStandIn() }) != 0 { Task.detached { [self] in runAsStandIn() } }
    }

    /// Asks the loop to end; on any thread, returns at once.
    ///
    /// Jobs that are queued by now run, what they wrote is flushed, then every socket, listener and signal closes, jobs
    /// that this causes run, and the thread ends. A name look-up that the system has begun is waited for.
    func beginEnding() {
        inbox.withLock {
            $0.mustEnd = true
            act(on: $0.wake())
        }
    }

    /// Returns when the thread has run its last job.
    func ended() async {
        await withCheckedContinuation { continuation in
            let isOver = inbox.withLock { inbox in
                if inbox.phase != .ended { inbox.waiters.append(continuation) }
                return inbox.phase == .ended
            }
            if isOver { continuation.resume() }
        }
    }

    /// Once at the end of each turn while the loop ends.
    func end() {
        if !isEnding {
            isEnding = true
            uv_walk(uv, { handle, _ in closeOwner(of: handle) }, nil)
        }
        guard ownerCount == 0 else { return }
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
            UnsafeMutableRawPointer(wakeUp), UnsafeMutableRawPointer(endOfTurn), UnsafeMutableRawPointer(haste),
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
        // From here on this thread is nobody's, so that what the waiters do next is left in the inbox.
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

    /// Runs what arrives after the end, until nothing is left. At most one at a time, so that it is as serial as a
    /// loop.
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
