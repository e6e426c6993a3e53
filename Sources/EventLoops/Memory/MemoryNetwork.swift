/// A network in memory with one listener, whose connections delay, split, stall, lose and cut bytes as a script says.
///
/// Thread-safe. With loops that have a ``ManualClock``, whole servers and clients run on it without real time.
package final class MemoryNetwork: Sendable {
    /// The conditions of a connection.
    package struct Conditions: Sendable {
        /// For bytes from the client to the server.
        package var toServer = MemoryTransport.Conditions()
        /// For bytes from the server to the client.
        package var toClient = MemoryTransport.Conditions()

        package init() {}
    }

    /// The ends of a connection.
    private struct Pair: Sendable {
        let client: LoopBound<MemoryTransport>
        let server: LoopBound<MemoryTransport>

        func onEachEnd(_ body: @escaping @Sendable (MemoryTransport) -> Void) {
            for end in [client, server] { end.loop.execute { body(end.value) } }
        }
    }

    private struct Listening: Sendable {
        let loops: [EventLoop]
        let accept: @Sendable (Transport) -> Void
    }

    private struct State: Sendable {
        var listening: Listening?
        var pairs: [Pair] = []
        /// Whether new connections are refused.
        var isCut = false
        /// The number of attempts to connect.
        var attempts = 0
    }

    private let conditions: @Sendable (Int) -> Conditions
    private let state = Locked(State())

    /// Creates a network.
    /// - Parameter conditions: The script: returns the conditions of a connection, by its number from 0. By default,
    ///   bytes arrive at once, and there are no faults.
    package init(_ conditions: @escaping @Sendable (Int) -> Conditions = { _ in Conditions() }) {
        self.conditions = conditions
    }

    /// The number of attempts to connect so far, including those that were refused.
    package var attempts: Int { state.withLock { $0.attempts } }

    /// Refuses new connections, and resets the existing ones.
    package func cut() {
        let pairs = state.withLock { state in
            state.isCut = true
            return state.pairs.takeAll()
        }
        for pair in pairs { pair.client.loop.execute { pair.client.value.begin(.cut) } }
    }

    /// Holds back all bytes of the existing connections until ``heal()``.
    package func stall() { begin(.stall) }

    /// Loses all bytes of the existing connections from now on, without a sign for either side.
    package func drop() { begin(.drop) }

    /// Accepts connections again, and ends stalls. Bytes that were lost stay lost.
    package func heal() {
        let pairs = state.withLock { state in
            state.isCut = false
            return state.pairs
        }
        for pair in pairs { pair.onEachEnd { $0.resumePassage() } }
    }

    private func begin(_ fault: FaultyPipe.Fault) {
        for pair in state.withLock({ $0.pairs }) { pair.onEachEnd { $0.begin(fault) } }
    }

    /// Connects to the listener. The result comes later, on the loop.
    /// - Parameters:
    ///   - loop: The loop that the client's end will belong to.
    ///   - completion: Called with the client's end, which must be started or closed, or with `.connectionRefused`.
    func connect(on loop: EventLoop, _ completion: @escaping @Sendable (Result<Transport, SocketError>) -> Void) {
        let (number, listening) = state.withLock { state in
            defer { state.attempts += 1 }
            return (state.attempts, state.isCut ? nil : state.listening)
        }
        loop.execute { [self] in
            guard let listening else { return completion(.failure(SocketError(.connectionRefused, .connect))) }
            let conditions = conditions(number)
            let serverLoop = listening.loops[number % listening.loops.count]
            // Addresses of the range for documentation (RFC 5737), one for each connection.
            let address = SocketAddress.ipv4(
                host: "198.51.\(100 + number / 250 % 100).\(1 + number % 250)", port: UInt16(1_024 + number % 60_000))
            let client = LoopBound(
                MemoryTransport(
                    loop: loop, remoteAddress: .ipv4(host: "192.0.2.1", port: 80), conditions.toServer), loop: loop)
            let server = LoopBound(
                MemoryTransport(loop: serverLoop, remoteAddress: address, conditions.toClient), loop: serverLoop)
            client.value.connect(to: server)
            serverLoop.execute {
                server.value.connect(to: client)
                listening.accept(server.value)
            }
            state.withLock { $0.pairs.append(Pair(client: client, server: server)) }
            completion(.success(client.value))
        }
    }

    /// Starts to accept connections.
    /// - Throws: `.addressInUse` if there is a listener.
    func listen(
        on loops: [EventLoop], accept: @escaping @Sendable (Transport) -> Void
    ) throws(SocketError) -> MemoryListener {
        let isFree = state.withLock { state in
            guard state.listening == nil else { return false }
            state.listening = Listening(loops: loops, accept: accept)
            return true
        }
        guard isFree else { throw SocketError(.addressInUse, .listen) }
        return MemoryListener(network: self)
    }

    fileprivate func stopListening() { state.withLock { $0.listening = nil } }
}

/// The listener of a ``MemoryNetwork``.
package final class MemoryListener: ConnectionListener {
    private let network: MemoryNetwork

    fileprivate init(network: MemoryNetwork) { self.network = network }

    package var localAddress: SocketAddress { .ipv4(host: "192.0.2.1", port: 80) }

    package func close() async { network.stopListening() }
}
