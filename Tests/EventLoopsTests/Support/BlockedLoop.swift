import Dispatch
import EventLoops

/// Blocks a loop until ``open()`` is called.
final class BlockedLoop: Sendable {
    private let gate = DispatchSemaphore(value: 0)
    private let isIn = AsyncStream.makeStream(of: Void.self)

    init(_ loop: EventLoop) {
        loop.execute { [self] in
            isIn.continuation.yield()
            gate.wait()
        }
    }

    func entered() async {
        for await _ in isIn.stream { return }
    }

    func open() { gate.signal() }
}
