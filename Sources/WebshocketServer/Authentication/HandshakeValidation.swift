import Bytes
import EventLoops

extension WorkLabel {
    static let authentication = WorkLabel("the authentication")
}

/// A call of the authentication closure for an upgrade request, and the bytes that were received after the request.
///
/// Confined to the connection's loop.
final class HandshakeValidation {
    /// The largest number of bytes that are kept after a request. If there are more, the connection is closed. A single
    /// read of a socket returns fewer, and reading then pauses.
    static let mostKept = 262_144

    private let tasks = TaskBag()
    private var outcome: Result<Authentication.Decision, any Error>?
    private var rest = ByteBuffer()
    /// Receives the outcome; nil if the outcome is not needed any more.
    private var conclude: ((Result<Authentication.Decision, any Error>) -> Void)?

    /// Starts the closure. It runs on the caller's stack until it suspends for the first time.
    /// - Returns: The outcome if the closure has already ended; otherwise nil, and `conclude` receives the outcome
    ///   later.
    func start(
        _ validate: @escaping Authentication.HandshakeBody, _ request: HTTPRequest, on loop: EventLoop,
        _ conclude: @escaping (Result<Authentication.Decision, any Error>) -> Void
    ) -> Result<Authentication.Decision, any Error>? {
        let here = LoopBound(self, loop: loop)
        tasks.start(on: loop, as: .authentication) { _ in
            let outcome = await Result { try await validate(request) }
            here.value.end(outcome)
        }
        if outcome == nil { self.conclude = conclude }
        return outcome
    }

    private func end(_ outcome: Result<Authentication.Decision, any Error>) {
        self.outcome = outcome
        conclude.take()?(outcome)
    }

    /// Cancels the closure, because its outcome is not needed any more.
    func cancel() {
        conclude = nil
        rest.removeAll()
        tasks.cancelAll()
    }

    /// Calls `ended` when the closure has returned, or immediately if it already has. Until then the peer counts as
    /// connected, so it cannot start more and more closures by reconnecting.
    func whenEnded(_ ended: @escaping () -> Void) {
        tasks.whenEmpty(ended)
    }

    /// Stores bytes that were received after the request.
    /// - Returns: False if there are too many bytes.
    func keep(_ bytes: UnsafeMutableRawBufferPointer) -> Bool {
        guard bytes.count <= Self.mostKept - rest.count else { return false }
        rest.append(contentsOf: UnsafeRawBufferPointer(bytes))
        return true
    }

    /// Passes the stored bytes to `body`, and then discards them.
    func withRest(_ body: (UnsafeMutableRawBufferPointer) -> Void) {
        var rest = ByteBuffer()
        swap(&rest, &self.rest)
        rest.withMutableBytes { bytes in body(bytes) }
    }
}

/// The service and the hub at the path of an upgrade request.
struct UpgradePlace {
    let service: Router.Service
    let hub: Hub
}
