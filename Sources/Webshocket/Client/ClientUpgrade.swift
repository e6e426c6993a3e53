import EventLoops

/// A client's socket from the connect to the end of the handshake.
///
/// Confined to the loop. It ends exactly once: with an open connection, or with the step that failed.
final class ClientUpgrade {
    typealias Outcome = Result<LoopBound<ClientConnection>, any Error>

    private let socket: Socket
    private let configuration: ClientConfiguration
    private let security: Security?
    private let ended: Gate
    private var handshake: ClientHandshake
    private var deadline: TimerToken?
    private var outcome: Outcome?
    private var waiting: CheckedContinuation<Outcome, Never>?

    /// With whom TLS is spoken.
    private struct Security: Sendable {
        let context: TLSContext
        let host: String
        let port: UInt16

        init?(_ url: WebSocketURL, _ tls: ClientTLS) throws(ClientError) {
            guard url.isSecure, case .tcp(let host, let port) = url.endpoint else { return nil }
            context = try tls.context()
            self.host = host
            self.port = port
        }
    }

    private init(
        _ socket: Socket, _ handshake: ClientHandshake, _ configuration: ClientConfiguration, _ security: Security?,
        ended: Gate
    ) {
        self.security = security
        self.socket = socket
        self.handshake = handshake
        self.configuration = configuration
        self.ended = ended
    }

    /// Connects and shakes hands, all within the configuration's connect timeout.
    /// - Parameter ended: opened when the connection has ended.
    /// - Throws: ``ClientError``, or `CancellationError` when the task is cancelled.
    static func connect(
        _ url: WebSocketURL, _ configuration: ClientConfiguration, on loop: EventLoop, ended: Gate
    ) async throws -> LoopBound<ClientConnection> {
        let handshake = try ClientHandshake(url, configuration)
        let security = try Security(url, configuration.tls)
        let deadline = ContinuousClock.now + configuration.connectTimeout
        let upgrade: LoopBound<ClientUpgrade>
        do {
            upgrade = try await Socket.connect(
                to: url.endpoint, on: loop, timeout: configuration.connectTimeout
            ) { socket in
                let upgrade = ClientUpgrade(socket, handshake, configuration, security, ended: ended)
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
        return try outcome.get()
    }

    private func start(until end: ContinuousClock.Instant) {
        deadline = socket.loop.schedule(after: max(end - .now, .zero)) { [weak self] in
            self?.end(.failure(ClientError(.timedOut, "no answer to the upgrade in time")))
        }
        socket.start(delegate: self)
        beginTLSOrHTTP()
    }

    /// What comes once the way to the server is open. The request leaves behind TLS's handshake, where there is one.
    private func beginTLSOrHTTP() {
        if let security {
            do throws(TLSFault) {
                let session = try TLSSession.client(security.context, host: security.host, port: security.port)
                socket.beginTLS(session)
            } catch {
                return end(.failure(ClientError(error, host: security.host)))
            }
        }
        handshake.writeRequest(into: &socket.outbox)
        socket.setNeedsFlush()
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
            return end(.failure(ClientError(.handshakeFailed, message)))
        }
        let connection = ClientConnection(socket, configuration: configuration, deflate: upgrade.deflate, ended: ended)
        end(.success(LoopBound(connection, loop: socket.loop)))
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
        if let security, let fault = error?.tls {
            return end(.failure(ClientError(fault, host: security.host)))
        }
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
        case .refused(let status, _, let body):
            let detail = body.isEmpty ? "" : ": \(body.escapingControlCharacters)"
            self.init(.upgradeRefused, "the server answered \(status)\(detail)", httpStatus: status)
        case .invalidRequest(let reason):
            self.init(.invalidURL, reason)
        case .malformed(let reason):
            self.init(.handshakeFailed, reason)
        }
    }
}
