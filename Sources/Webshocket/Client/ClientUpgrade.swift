import EventLoops

/// A client's socket from the connect to the end of the handshake.
///
/// Confined to the loop. It completes exactly once: with an open connection, or with the step that failed.
final class ClientUpgrade {
    typealias Outcome = Result<LoopBound<ClientConnection>, ClientError>

    private let configuration: ClientConfiguration
    private let ended: Gate
    private var handshake: ClientHandshake
    private var completion: (@Sendable (Outcome) -> Void)?
    private var deadline: TimerToken?

    private init(
        _ handshake: ClientHandshake, _ configuration: ClientConfiguration, ended: Gate,
        completion: @escaping @Sendable (Outcome) -> Void
    ) {
        self.configuration = configuration
        self.ended = ended
        self.handshake = handshake
        self.completion = completion
    }

    /// Connects and shakes hands, all within the configuration's connect timeout.
    /// - Parameter ended: opened when the connection has ended.
    static func connect(
        _ url: WebSocketURL, _ configuration: ClientConfiguration, on loop: EventLoop, ended: Gate
    ) async throws(ClientError) -> LoopBound<ClientConnection> {
        let handshake = try ClientHandshake(url, configuration)
        let outcome: Outcome = await withCheckedContinuation { continuation in
            loop.execute {
                connect(url, handshake, configuration, on: loop, ended: ended) { continuation.resume(returning: $0) }
            }
        }
        return try outcome.get()
    }

    private static func connect(
        _ url: WebSocketURL, _ handshake: ClientHandshake, _ configuration: ClientConfiguration, on loop: EventLoop,
        ended: Gate, completion: @escaping @Sendable (Outcome) -> Void
    ) {
        let begun = loop.now
        Socket.connect(to: url.endpoint, on: loop, timeout: configuration.connectTimeout) { result in
            switch result {
            case .failure(let error):
                let message = "cannot connect to \(url.endpoint): \(error)"
                completion(.failure(ClientError(.cannotConnect, message)))
            case .success(let socket):
                let upgrade = ClientUpgrade(handshake, configuration, ended: ended, completion: completion)
                upgrade.start(socket, within: configuration.connectTimeout - (.now - begun))
            }
        }
    }

    private func start(_ socket: Socket, within time: Duration) {
        deadline = socket.loop.schedule(after: max(time, .zero)) { [weak self] in
            self?.complete(.failure(ClientError(.timedOut, "no answer to the upgrade in time")))
            socket.close()
        }
        handshake.writeRequest(into: &socket.outbox)
        socket.start(delegate: self)
    }

    private func complete(_ outcome: Outcome) {
        deadline = nil
        completion?(outcome)
        completion = nil
    }

    private func fail(_ socket: Socket, _ error: ClientError) {
        if let deadline { socket.loop.cancel(deadline) }
        complete(.failure(error))
        socket.close()
    }

    private func accepted(_ socket: Socket, _ upgrade: AcceptedUpgrade, rest: UnsafeMutableRawBufferPointer) {
        if case .messagePack = configuration.dialect, upgrade.subprotocol != Subprotocol.messagePack {
            let message = "the server does not speak \(Subprotocol.messagePack); try the JSON dialect"
            return fail(socket, ClientError(.handshakeFailed, message))
        }
        if let deadline { socket.loop.cancel(deadline) }
        let connection = ClientConnection(
            socket, configuration: configuration, deflate: upgrade.deflate, ended: ended)
        complete(.success(LoopBound(connection, loop: socket.loop)))
        connection.open(rest)
    }
}

extension ClientUpgrade: SocketDelegate {
    func socket(_ socket: Socket, didRead bytes: UnsafeMutableRawBufferPointer) {
        guard completion != nil else { return }
        switch handshake.received(UnsafeRawBufferPointer(bytes)) {
        case .needMore: break
        case .accepted(let upgrade, let consumed):
            accepted(socket, upgrade, rest: UnsafeMutableRawBufferPointer(rebasing: bytes[consumed...]))
        case .failed(let failure): fail(socket, ClientError(failure))
        }
    }

    func socketDidDrain(_ socket: Socket) {}

    func socketDidReachEnd(_ socket: Socket) {
        fail(socket, ClientError(.handshakeFailed, "the server closed the connection without an answer"))
    }

    func socketDidClose(_ socket: Socket, error: SocketError?) {
        let reason = error.map { "\($0)" } ?? "closed"
        complete(.failure(ClientError(.handshakeFailed, "the connection ended without an answer: \(reason)")))
    }
}

extension ClientHandshake {
    fileprivate init(_ url: WebSocketURL, _ configuration: ClientConfiguration) throws(ClientError) {
        let subprotocols =
            switch configuration.dialect {
            case .messagePack: [Subprotocol.messagePack]
            case .json: [Subprotocol.json]
            case .messages: [String]()
            }
        do {
            try self.init(
                host: url.authority, target: url.target, headers: configuration.headers, subprotocols: subprotocols,
                compression: configuration.compression)
        } catch {
            throw ClientError(error)
        }
    }
}

extension ClientError {
    fileprivate init(_ failure: HandshakeFailure) {
        switch failure {
        case .refused(let status, _, let body):
            let detail = body.isEmpty ? "" : ": \(body)"
            self.init(.upgradeRefused, "the server answered \(status)\(detail)", httpStatus: status)
        case .invalidRequest(let reason):
            self.init(.invalidURL, reason)
        case .malformed(let reason):
            self.init(.handshakeFailed, reason)
        }
    }
}
