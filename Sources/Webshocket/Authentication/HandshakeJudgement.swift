import Bytes
import EventLoops

extension WorkLabel {
    static let authentication = WorkLabel("the authentication")
}

/// An upgrade request's path's closure while it judges, and what has come behind the request.
///
/// Confined to the loop.
final class HandshakeJudgement {
    /// Bytes behind a request; past it the connection ends. One read of a socket is less, and nothing is read behind
    /// that.
    static let mostKept = 262_144

    private let tasks = TaskBag()
    private var outcome: Result<Authentication.Decision, any Error>?
    private var rest = ByteBuffer()
    /// Told the outcome; nil when nobody wants it any more.
    private var conclude: ((Result<Authentication.Decision, any Error>) -> Void)?

    /// Starts the closure, on the caller's stack until it waits for the first time.
    /// - Returns: its outcome, where it has come already; else `conclude` is told.
    func start(
        _ judge: @escaping Authentication.HandshakeBody, _ request: HTTPRequest, on loop: EventLoop,
        _ conclude: @escaping (Result<Authentication.Decision, any Error>) -> Void
    ) -> Result<Authentication.Decision, any Error>? {
        let here = LoopBound(self, loop: loop)
        tasks.start(on: loop, as: .authentication) { _ in
            let outcome = await Result { try await judge(request) }
            here.value.end(outcome)
        }
        if outcome == nil { self.conclude = conclude }
        return outcome
    }

    private func end(_ outcome: Result<Authentication.Decision, any Error>) {
        self.outcome = outcome
        conclude.take()?(outcome)
    }

    /// Nobody waits for the outcome any more.
    func cancel() {
        conclude = nil
        rest.removeAll()
        tasks.cancelAll()
    }

    /// Calls back when the closure has returned, at once where it has: until then its peer counts as connected, so that
    /// one who leaves again and again does not have it run any number of times at once.
    func whenEnded(_ ended: @escaping () -> Void) {
        tasks.whenEmpty(ended)
    }

    /// - Returns: whether there was room.
    func keep(_ bytes: UnsafeMutableRawBufferPointer) -> Bool {
        guard bytes.count <= Self.mostKept - rest.count else { return false }
        rest.append(contentsOf: UnsafeRawBufferPointer(bytes))
        return true
    }

    /// What was kept, lent.
    func withRest(_ body: (UnsafeMutableRawBufferPointer) -> Void) {
        var rest = ByteBuffer()
        swap(&rest, &self.rest)
        rest.withMutableBytes { bytes in body(bytes) }
    }
}

/// What runs behind the path of an upgrade request.
struct UpgradePlace {
    let service: Router.Service
    let hub: Hub
}
