import COpenSSL
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Holds the loops still when the process exits.
///
/// `exit` has libraries clean up on the thread that calls it, while other threads run on. libuv closes then what its
/// signal handles need, and aborts the process when one of these closes later; OpenSSL, where it was built to, frees
/// what sessions look up.
enum ProcessExit {
    private struct State {
        var isAwaited = false
        var loops: [ObjectIdentifier: EventLoop] = [:]
    }

    private static let state = Locked(State())
    private static let held = Atomic(0)

    /// Notes that a loop's thread is about to start.
    static func willRun(_ loop: EventLoop) {
        let isFirst = state.withLock { state in
            state.loops[ObjectIdentifier(loop)] = loop
            defer { state.isAwaited = true }
            return !state.isAwaited
        }
        guard isFirst else { return }
        // What was registered last is called first: this makes OpenSSL register its part now.
        OPENSSL_init_crypto(0, nil)
        atexit { ProcessExit.hold() }
    }

    /// Notes that a loop polls no more.
    static func didRun(_ loop: EventLoop) {
        state.withLock { $0.loops[ObjectIdentifier(loop)] = nil }
    }

    /// Returns when no loop runs any more but the caller's own, or after half a second: one that does not come back to
    /// its jobs by then is at something else than libraries.
    private static func hold() {
        let loops = state.withLock { $0.loops.values.filter { !$0.isCurrent } }
        for loop in loops {
            loop.execute {
                held.add(1, ordering: .relaxed)
                while true { pause() }
            }
        }
        for _ in 0..<500 where held.load(ordering: .relaxed) < loops.count { usleep(1_000) }
    }
}
