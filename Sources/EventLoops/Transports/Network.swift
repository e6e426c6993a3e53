/// Where a server listens and a client connects.
package enum Network: Sendable {
    /// The network of the system.
    case system
    /// A network in memory, for tests. It has one listener, so it ignores the endpoint.
    case memory(MemoryNetwork)

    /// Connects to an endpoint, and returns the result of `setUp` for the transport.
    /// - Parameters:
    ///   - endpoint: The endpoint of the server.
    ///   - loop: The loop that the transport will belong to.
    ///   - timeout: The time limit for name resolution and connecting together.
    ///   - setUp: Called on the loop before anything is read from the transport.
    /// - Throws: See ``Socket/connect(to:on:timeout:setUp:)``.
    package func connect<Connection: Sendable>(
        to endpoint: Endpoint, on loop: EventLoop, timeout: Duration,
        setUp: @escaping @Sendable (Transport) -> Connection
    ) async throws(SocketError) -> Connection {
        switch self {
        case .system: try await Socket.connect(to: endpoint, on: loop, timeout: timeout, setUp: setUp)
        case .memory(let network):
            try await withCheckedContinuation {
                (continuation: CheckedContinuation<Result<Connection, SocketError>, _>) in
                network.connect(on: loop) { continuation.resume(returning: $0.map(setUp)) }
            }.get()
        }
    }

    /// Starts to listen on an endpoint.
    /// - Parameters:
    ///   - endpoint: The endpoint to listen on.
    ///   - loops: The loops that own the transports; at least one.
    ///   - onAcceptError: Called when accepting fails, at most once per second and loop.
    ///   - accept: Called with each accepted transport, on the loop that owns it. It must start or close it.
    /// - Throws: See ``Listener/listen(on:loops:backlog:onAcceptError:accept:)``.
    package func listen(
        on endpoint: Endpoint, loops: [EventLoop], onAcceptError: (@Sendable (SocketError) -> Void)? = nil,
        accept: @escaping @Sendable (Transport) -> Void
    ) async throws(SocketError) -> any ConnectionListener {
        switch self {
        case .system:
            try await Listener.listen(on: endpoint, loops: loops, onAcceptError: onAcceptError, accept: accept)
        case .memory(let network): try network.listen(on: loops, accept: accept)
        }
    }
}

/// Accepts connections until it is closed or released.
package protocol ConnectionListener: AnyObject, Sendable {
    var localAddress: SocketAddress { get }

    /// Stops accepting, and returns when nothing is left of the listener. Idempotent.
    func close() async
}
