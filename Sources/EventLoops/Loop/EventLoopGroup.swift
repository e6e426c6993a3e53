import CUV
import Synchronization

/// A group of event loops: those of a server, usually one per core, or the one that all clients of a process share.
package final class EventLoopGroup: Sendable {
    package let loops: [EventLoop]
    private let turn = Atomic<Int>(0)
    private let isPermanent: Bool

    private static let sharedGroup = Locked<EventLoopGroup?>(nil)

    /// A group with one loop for all clients of the process. It starts at the first use and is never shut down.
    ///
    /// If the loop cannot start, this returns a group whose operations fail with ``EventLoop/startError``. The next use
    /// tries again.
    package static var shared: EventLoopGroup {
        sharedGroup.withLock { shared in
            if let group = shared { return group }
            do throws(SocketError) {
                let group = EventLoopGroup(try startLoops(1, name: "webshocket", clock: .system), isPermanent: true)
                shared = group
                return group
            } catch {
                let loop = EventLoop(name: "webshocket", clock: .system)
                loop.fail(error)
                return EventLoopGroup([loop], isPermanent: true)
            }
        }
    }

    /// Starts loops. The process terminates if it runs out of descriptors or threads.
    ///
    /// Use ``start(loops:name:clock:)`` to get an error instead.
    /// - Parameters:
    ///   - loops: The number of loops, by default the number of cores that the process may use.
    ///   - name: The name of the threads, to which a number is appended.
    ///   - clock: The clock of the loops.
    package convenience init(loops: Int = EventLoopGroup.coreCount, name: String, clock: LoopClock = .system) {
        do throws(SocketError) {
            self.init(try Self.startLoops(loops, name: name, clock: clock), isPermanent: false)
        } catch {
            preconditionFailure("cannot start \(loops) event loops: \(error)")
        }
    }

    /// Starts loops.
    /// - Parameters:
    ///   - loops: The number of loops.
    ///   - name: The name of the threads, to which a number is appended.
    ///   - clock: The clock of the loops.
    /// - Throws: The system's error if it runs out of descriptors or threads. Then none of the loops runs.
    package static func start(
        loops: Int, name: String, clock: LoopClock = .system
    ) throws(SocketError) -> EventLoopGroup {
        EventLoopGroup(try startLoops(loops, name: name, clock: clock), isPermanent: false)
    }

    private init(_ loops: [EventLoop], isPermanent: Bool) {
        self.loops = loops
        self.isPermanent = isPermanent
    }

    private static func startLoops(
        _ count: Int, name: String, clock: LoopClock
    ) throws(SocketError) -> [EventLoop] {
        var started: [EventLoop] = []
        do throws(SocketError) {
            for number in 0..<max(count, 1) {
                let loop = EventLoop(name: "\(name)-\(number)", clock: clock)
                try loop.start()
                started.append(loop)
            }
        } catch {
            for loop in started { loop.beginEnding() }
            throw error
        }
        return started
    }

    /// Asks the loops to end. It does not wait: the last reference may be released on one of the loops.
    deinit {
        for loop in loops where !isPermanent { loop.beginEnding() }
    }

    /// The number of cores that the process may use.
    package static var coreCount: Int { Int(uv_available_parallelism()) }

    /// Returns the next loop, in rotation.
    package func next() -> EventLoop {
        let turn = turn.add(1, ordering: .relaxed).oldValue
        return loops[Int(UInt(bitPattern: turn) % UInt(loops.count))]
    }

    /// Ends the loops: queued jobs run, sockets write without blocking and close, and the threads end.
    ///
    /// Idempotent: every call returns when the last loop has run its last job. It is a no-op for ``shared``. A task
    /// that prefers one of these loops may call it, and continues on the loop's stand-in (see ``EventLoop``).
    package func shutdown() async {
        guard !isPermanent else { return }
        for loop in loops { loop.beginEnding() }
        for loop in loops { await loop.ended() }
    }
}
