import CUV
import Synchronization

/// The loops of a server, one for each core as a rule, or the one that a process's clients share.
package final class EventLoopGroup: Sendable {
    package let loops: [EventLoop]
    private let turn = Atomic<Int>(0)
    private let isPermanent: Bool

    private static let sharedGroup = Locked<EventLoopGroup?>(nil)

    /// One loop for all clients of the process, started at first use and never shut down.
    ///
    /// If the loop cannot start, this use gets a group whose operations fail with ``EventLoop/startError``, and the next
    /// use tries again.
    package static var shared: EventLoopGroup {
        sharedGroup.withLock { shared in
            if let group = shared { return group }
            do throws(SocketError) {
                let group = EventLoopGroup(try startLoops(1, name: "webshocket"), isPermanent: true)
                shared = group
                return group
            } catch {
                let loop = EventLoop(name: "webshocket")
                loop.fail(error)
                return EventLoopGroup([loop], isPermanent: true)
            }
        }
    }

    /// Starts `loops` threads named `name` and a number; by default as many as this process may use cores.
    ///
    /// Stops the process if there are no descriptors or threads left; use ``start(loops:name:)`` to get an error instead.
    package convenience init(loops: Int = EventLoopGroup.coreCount, name: String) {
        do throws(SocketError) {
            self.init(try Self.startLoops(loops, name: name), isPermanent: false)
        } catch {
            preconditionFailure("cannot start \(loops) event loops: \(error)")
        }
    }

    /// Starts `loops` threads named `name` and a number.
    /// - Throws: the system's error if there are no descriptors or threads left; then none of the loops runs.
    package static func start(loops: Int, name: String) throws(SocketError) -> EventLoopGroup {
        EventLoopGroup(try startLoops(loops, name: name), isPermanent: false)
    }

    private init(_ loops: [EventLoop], isPermanent: Bool) {
        self.loops = loops
        self.isPermanent = isPermanent
    }

    private static func startLoops(_ count: Int, name: String) throws(SocketError) -> [EventLoop] {
        var started: [EventLoop] = []
        do throws(SocketError) {
            for number in 0..<max(count, 1) {
                let loop = EventLoop(name: "\(name)-\(number)")
                try loop.start()
                started.append(loop)
            }
        } catch {
            for loop in started { loop.beginEnding() }
            throw error
        }
        return started
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
