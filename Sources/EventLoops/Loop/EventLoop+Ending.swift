import CUV

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension EventLoop {
    /// Turns that jobs get after every handle is closed; a task that yields for ever goes on with the stand-in.
    private static let lastTurns = 64

    /// Starts the thread; it keeps the loop alive until it ends.
    func start() {
        cuv_ignore_sigpipe()
        guard ProcessExit.willRun(self) else { return }
        startThread(run)
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
            UnsafeMutableRawPointer(alarm),
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

    /// Detached: nobody joins it, so nobody can wait for itself; its last act is what ``ended()`` waits for.
    func startThread(_ body: @escaping @Sendable () -> Void) {
        let start = Unmanaged.passRetained(ThreadStart(name: name, body: body))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let result = pthread_create(&thread, &attributes, threadMain, start.toOpaque())
        pthread_attr_destroy(&attributes)
        precondition(result == 0, "No thread for an event loop: error \(result)")
    }
}

/// What a new thread is told.
private final class ThreadStart {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

#if canImport(Darwin)
    private typealias ThreadArgument = UnsafeMutableRawPointer
#else
    private typealias ThreadArgument = UnsafeMutableRawPointer?
#endif

private func threadMain(_ argument: ThreadArgument) -> UnsafeMutableRawPointer? {
    let argument: UnsafeMutableRawPointer? = argument
    let start = Unmanaged<ThreadStart>.fromOpaque(argument.unsafelyUnwrapped).takeRetainedValue()
    // Linux takes 15 characters.
    cuv_name_thread(String(start.name.prefix(15)))
    start.body()
    return nil
}
