extension Socket {
    /// Connects to an endpoint. Callable on any thread.
    ///
    /// A name is looked up off the loop; its addresses race, and the first that answers wins (RFC 8305).
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

    /// Connects to the first of some TCP addresses that answers; else as above.
    @discardableResult
    package static func connect(
        toFirstOf addresses: [SocketAddress], on loop: EventLoop, timeout: Duration,
        completion: @escaping ConnectAttempt.Completion
    ) -> ConnectAttempt {
        let attempt = ConnectAttempt(toFirstOf: addresses, on: loop, timeout: timeout)
        attempt.start(completion)
        return attempt
    }

    /// Connects to an endpoint and returns what `setUp` made of the socket, on the loop, before a byte was read.
    ///
    /// Throws `.cancelled` when the task is cancelled before it is connected, `.timedOut` after `timeout`,
    /// `.hostNotFound` for a name without address, and otherwise the most telling of the addresses' answers.
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
