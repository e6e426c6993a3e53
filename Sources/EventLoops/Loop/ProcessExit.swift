import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Pauses all loops when the process exits.
///
/// `exit` runs the cleanup of libraries on the calling thread while other threads continue. During it, libuv closes the
/// pipe that its signal handles need, and would abort the process if a handle closed later. For OpenSSL, see
/// ``OpenSSLSetup``.
///
/// Exit handlers that were registered before the first loop started must not wait for a client or a server. The loops
/// are already paused when they run.
enum ProcessExit {
    private struct State {
        /// The process in which the loops run; nil before the first loop starts.
        var process: pid_t?
        var isExiting = false
        var loops: [ObjectIdentifier: EventLoop] = [:]
    }

    private static let state = Locked(State())
    private static let held = Atomic(0)

    /// Records that a loop's thread is about to start.
    /// - Returns: Whether it may start; false while the process exits.
    static func willRun(_ loop: EventLoop) -> Bool {
        let (isFirst, mayRun) = state.withLock { state in
            defer { state.process = getpid() }
            if !state.isExiting { state.loops[ObjectIdentifier(loop)] = loop }
            return (state.process == nil, !state.isExiting)
        }
        if isFirst {
            OpenSSLSetup.ensure()
            // Exit handlers run in reverse order: the loops are paused first, then their log lines are written.
            StandardError.flushesAtExit
            atexit { ProcessExit.hold() }
        }
        return mayRun
    }

    /// Records that a loop has stopped polling.
    static func didRun(_ loop: EventLoop) {
        state.withLock { $0.loops[ObjectIdentifier(loop)] = nil }
    }

    /// Pauses all loops except the caller's own, and waits for them at most half a second.
    ///
    /// A loop that runs no jobs for so long is busy in other code, not in the libraries that are being cleaned up.
    private static func hold() {
        let loops = state.withLock { state -> [EventLoop] in
            state.isExiting = true
            // A forked process has none of the threads.
            return state.process == getpid() ? state.loops.values.filter { !$0.isCurrent } : []
        }
        for loop in loops {
            loop.execute {
                held.add(1, ordering: .relaxed)
                while true { pause() }
            }
        }
        for _ in 0..<500 where held.load(ordering: .relaxed) < loops.count { usleep(1_000) }
    }
}
