extension Socket {
    /// Connects to an endpoint. Callable on any thread.
    ///
    /// A name is looked up off the loop; its addresses are tried in turn, each with its share of the time that is left.
    /// - Parameter completion: called once, on the loop. Nothing is read before it, or whoever it gives the socket to
    ///   on the loop, calls ``start(delegate:)``.
    @discardableResult
    package static func connect(
        to endpoint: Endpoint, on loop: EventLoop, timeout: Duration,
        completion: @escaping ConnectAttempt.Completion
    ) -> ConnectAttempt {
        let attempt = ConnectAttempt(to: endpoint, on: loop, timeout: timeout)
        attempt.start(completion)
        return attempt
    }

    /// Connects to an endpoint and returns what `setUp` made of the socket, on the loop, before a byte was read.
    ///
    /// Throws `.cancelled` when the task is cancelled before it is connected, `.timedOut` after `timeout`,
    /// `.hostNotFound` for a name without address, and otherwise what the last address answered.
    package static func connect<Connection: Sendable>(
        to endpoint: Endpoint, on loop: EventLoop, timeout: Duration,
        setUp: @escaping @Sendable (Socket) -> Connection
    ) async throws(SocketError) -> Connection {
        let attempt = ConnectAttempt(to: endpoint, on: loop, timeout: timeout)
        typealias Answer = Result<Connection, SocketError>
        return try await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Answer, Never>) in
                attempt.start { result in continuation.resume(returning: result.map(setUp)) }
            }
        } onCancel: {
            attempt.cancel()
        }.get()
    }
}
