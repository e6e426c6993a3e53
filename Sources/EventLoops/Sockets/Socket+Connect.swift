extension Socket {
    /// Connects to an endpoint. Thread-safe.
    ///
    /// Names are resolved off the loop. The addresses race, and the first that accepts a connection is used (RFC 8305).
    /// - Parameters:
    ///   - endpoint: The endpoint of the server.
    ///   - loop: The loop that the socket will belong to.
    ///   - timeout: The time limit for name resolution and connecting together.
    ///   - completion: Called once, on the loop. Nothing is read from the socket before ``start(delegate:)`` is called.
    /// - Returns: The attempt, which can be cancelled.
    @discardableResult
    package static func connect(
        to endpoint: Endpoint, on loop: EventLoop, timeout: Duration,
        completion: @escaping ConnectAttempt.Completion
    ) -> ConnectAttempt {
        let attempt = ConnectAttempt(to: endpoint, on: loop, timeout: timeout)
        attempt.start(completion)
        return attempt
    }

    /// Connects to one of several numeric TCP addresses: the first that accepts a connection. Thread-safe.
    /// - Parameters:
    ///   - addresses: The addresses. Those that are not numeric are ignored.
    ///   - loop: The loop that the socket will belong to.
    ///   - timeout: The time limit for all addresses together.
    ///   - completion: Called once, on the loop. Nothing is read from the socket before ``start(delegate:)`` is called.
    /// - Returns: The attempt, which can be cancelled.
    @discardableResult
    package static func connect(
        toFirstOf addresses: [SocketAddress], on loop: EventLoop, timeout: Duration,
        completion: @escaping ConnectAttempt.Completion
    ) -> ConnectAttempt {
        let attempt = ConnectAttempt(toFirstOf: addresses, on: loop, timeout: timeout)
        attempt.start(completion)
        return attempt
    }

    /// Connects to an endpoint, and returns the result of `setUp` for the socket.
    /// - Parameters:
    ///   - endpoint: The endpoint of the server.
    ///   - loop: The loop that the socket will belong to.
    ///   - timeout: The time limit for name resolution and connecting together.
    ///   - setUp: Called on the loop before anything is read from the socket.
    /// - Throws: `.cancelled` if the task is cancelled before the connection is established. `.timedOut` after
    ///   `timeout`. `.hostNotFound` if the name has no address. Otherwise the most specific error of the addresses.
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
