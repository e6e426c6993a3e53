import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Holds the loops still when the process exits.
///
/// `exit` has libraries clean up on the thread that calls it, while other threads run on. libuv closes then what its
/// signal handles need, and aborts the process when one of these closes later. For OpenSSL see ``OpenSSLSetup``.
///
/// An exit handler that was registered before the first loop, and waits for a client or a server, waits in vain.
enum ProcessExit {
    private struct State {
        /// The process in which the loops run; nil before the first.
        var process: pid_t?
        var isExiting = false
        var loops: [ObjectIdentifier: EventLoop] = [:]
    }

    private static let state = Locked(State())
    private static let held = Atomic(0)

    /// Notes that a loop's thread is about to start.
    /// - Returns: whether it may; not any more while the process exits.
    static func willRun(_ loop: EventLoop) -> Bool {
        let (isFirst, mayRun) = state.withLock { state in
            defer { state.process = getpid() }
            if !state.isExiting { state.loops[ObjectIdentifier(loop)] = loop }
            return (state.process == nil, !state.isExiting)
        }
        if isFirst {
            OpenSSLSetup.ensure()
            // The last handler that is registered is called first: the loops are held, then their log lines are written.
            StandardError.flushesAtExit
            atexit { ProcessExit.hold() }
        }
        return mayRun
    }

    /// Notes that a loop polls no more.
    static func didRun(_ loop: EventLoop) {
        state.withLock { $0.loops[ObjectIdentifier(loop)] = nil }
    }

    /// Returns when no loop runs any more but the caller's own, or after half a second: one that does not come back to
    /// its jobs by then is at something else than libraries.
    private static func hold() {
        let loops = state.withLock { state -> [EventLoop] in
            state.isExiting = true
            // A process that was forked off has none of the threads.
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
