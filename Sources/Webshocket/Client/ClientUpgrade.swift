import EventLoops

/// A client's socket from the connect to the end of the handshake.
///
/// Confined to the loop. It ends exactly once: with an open connection, which the session takes, or with the step that
/// failed.
final class ClientUpgrade {
    typealias Outcome = Result<Void, any Error>

    private let socket: Socket
    private let configuration: ClientConfiguration
    private let session: ClientSession
    private let number: UInt64
    private var handshake: ClientHandshake
    private var deadline: TimerToken?
    private var outcome: Outcome?
    private var waiting: CheckedContinuation<Outcome, Never>?

    private init(
        _ socket: Socket, _ handshake: ClientHandshake, _ configuration: ClientConfiguration,
        for session: ClientSession, number: UInt64
    ) {
        self.socket = socket
        self.handshake = handshake
        self.configuration = configuration
        self.session = session
        self.number = number
    }

    /// Connects and shakes hands, all within the configuration's connect timeout.
    /// - Parameters:
    ///   - session: whose connection it is.
    ///   - number: the connection's.
    /// - Throws: ``ClientError``, or `CancellationError` when the task is cancelled.
    static func connect(
        _ url: WebSocketURL, _ configuration: ClientConfiguration, on loop: EventLoop,
        session: LoopBound<ClientSession>, number: UInt64
    ) async throws {
        let handshake = try ClientHandshake(url, configuration)
        let deadline = ContinuousClock.now + configuration.connectTimeout
        let upgrade: LoopBound<ClientUpgrade>
        do {
            upgrade = try await Socket.connect(
                to: url.endpoint, on: loop, timeout: configuration.connectTimeout
            ) { socket in
                let upgrade = ClientUpgrade(
                    socket, handshake, configuration, for: session.value, number: number)
                upgrade.start(until: deadline)
                return LoopBound(upgrade, loop: loop)
            }
        } catch {
            try Task.checkCancellation()
            throw ClientError(.cannotConnect, "cannot connect to \(url.endpoint): \(error)")
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.execute { upgrade.value.wait(continuation) }
            }
        } onCancel: {
            loop.execute { upgrade.value.end(.failure(CancellationError())) }
        }
        try outcome.get()
    }

    private func start(until end: ContinuousClock.Instant) {
        deadline = socket.loop.schedule(after: max(end - .now, .zero)) { [weak self] in
            self?.end(.failure(ClientError(.timedOut, "no answer to the upgrade in time")))
        }
        handshake.writeRequest(into: &socket.outbox)
        socket.start(delegate: self)
    }

    private func wait(_ continuation: CheckedContinuation<Outcome, Never>) {
        if let outcome { continuation.resume(returning: outcome) } else { waiting = continuation }
    }

    /// Harmless when it has ended.
    private func end(_ outcome: Outcome) {
        guard self.outcome == nil else { return }
        self.outcome = outcome
        if let deadline { socket.loop.cancel(deadline) }
        if case .failure = outcome { socket.close() }
        waiting?.resume(returning: outcome)
        waiting = nil
    }

    private func accepted(_ upgrade: AcceptedUpgrade, rest: UnsafeMutableRawBufferPointer) {
        if case .messagePack = configuration.dialect, upgrade.subprotocol != Subprotocol.messagePack {
            let message = "the server does not speak \(Subprotocol.messagePack); try the JSON dialect"
            return end(.failure(ClientError(.handshakeFailed, message, httpStatus: 101)))
        }
        let connection = ClientConnection(
            socket, for: session, number: number, subprotocol: upgrade.subprotocol, deflate: upgrade.deflate)
        end(.success(()))
        session.take(connection)
        connection.open(rest)
    }
}

extension ClientUpgrade: SocketDelegate {
    func socket(_ socket: Socket, didRead bytes: UnsafeMutableRawBufferPointer) {
        guard outcome == nil else { return }
        switch handshake.received(UnsafeRawBufferPointer(bytes)) {
        case .needMore: break
        case .accepted(let upgrade, let consumed):
            accepted(upgrade, rest: UnsafeMutableRawBufferPointer(rebasing: bytes[consumed...]))
        case .failed(let failure): end(.failure(ClientError(failure)))
        }
    }

    func socketDidDrain(_ socket: Socket) {}

    func socketPeerDidEnd(_ socket: Socket) {}

    func socketDidReachEnd(_ socket: Socket) {
        end(.failure(ClientError(.handshakeFailed, "the server closed the connection without an answer")))
    }

    func socketDidClose(_ socket: Socket, error: SocketError?) {
        let reason = error.map { "\($0)" } ?? "closed"
        end(.failure(ClientError(.handshakeFailed, "the connection ended without an answer: \(reason)")))
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
        case .refused(let status, let headers, let body):
            let detail = body.isEmpty ? "" : ": \(body.escapingControlCharacters)"
            self.init(.upgradeRefused, "the server answered \(status)\(detail)", httpStatus: status)
            // The other form, a date, is of use to who has the server's clock.
            retryAfter = headers["Retry-After"].flatMap { Int($0) }.flatMap {
                (0...86_400).contains($0) ? .seconds($0) : nil
            }
        case .invalidRequest(let reason):
            self.init(.invalidURL, reason)
        case .malformed(let reason):
            self.init(.handshakeFailed, reason)
        }
    }
}
