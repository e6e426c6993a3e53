import CUV
import Synchronization

/// The loops of a server, one for each core as a rule, or the one that a process's clients share.
package final class EventLoopGroup: Sendable {
    package let loops: [EventLoop]
    private let turn = Atomic<Int>(0)
    private let isPermanent: Bool

    /// One loop for all clients of the process, started at first use and never shut down.
    package static let shared = EventLoopGroup(loops: 1, name: "webshocket", isPermanent: true)

    /// Starts `loops` threads named `name` and a number; by default as many as this process may use cores.
    package convenience init(loops: Int = EventLoopGroup.coreCount, name: String) {
        self.init(loops: loops, name: name, isPermanent: false)
    }

    private init(loops count: Int, name: String, isPermanent: Bool) {
        self.isPermanent = isPermanent
        loops = (0..<max(count, 1)).map { EventLoop(name: "\(name)-\($0)") }
        for loop in loops { loop.start() }
    }

    /// Threads are detached, so the last reference may go anywhere, on one of the loops too: they end by themselves.
    deinit {
        for loop in loops where !isPermanent { loop.beginEnding() }
    }

    package static var coreCount: Int { Int(uv_available_parallelism()) }

    /// The loops in turn.
    package func next() -> EventLoop {
        let turn = turn.add(1, ordering: .relaxed).oldValue
        return loops[Int(UInt(bitPattern: turn) % UInt(loops.count))]
    }

    /// Ends the loops in order: jobs that are queued run, sockets write what they can at once and close, threads end.
    ///
    /// Idempotent; every caller returns when the last loop has run its last job. Has no effect on ``shared``. A task
    /// that prefers one of these loops may call it: what such a task does afterwards runs on the loop's stand-in (see
    /// ``EventLoop``).
    package func shutdown() async {
        guard !isPermanent else { return }
        for loop in loops { loop.beginEnding() }
        for loop in loops { await loop.ended() }
    }
}
