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
    /// Nil without a proxy, and when it has opened the way.
    private var tunnel: ConnectTunnel?
    private let security: Security?
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
        _ socket: Socket, _ tunnel: ConnectTunnel?, _ security: Security?, _ handshake: ClientHandshake,
        _ configuration: ClientConfiguration, for session: ClientSession, number: UInt64
    ) {
        self.security = security
        self.socket = socket
        self.tunnel = tunnel
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
        let route = try ClientRoute(to: url, through: configuration.proxy)
        let security = try Security(url, configuration.tls)
        let deadline = ContinuousClock.now + configuration.connectTimeout.asDelay
        let upgrade: LoopBound<ClientUpgrade>
        do {
            upgrade = try await Socket.connect(
                to: route.endpoint, on: loop, timeout: configuration.connectTimeout
            ) { socket in
                let upgrade = ClientUpgrade(
                    socket, route.tunnel, security, handshake, configuration, for: session.value, number: number)
                upgrade.start(until: deadline)
                return LoopBound(upgrade, loop: loop)
            }
        } catch {
            try Task.checkCancellation()
            throw ClientError(.cannotConnect, "cannot connect to \(route.name): \(error)")
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
            let what = self?.tunnel == nil ? "to the upgrade" : "of the proxy"
            self?.end(.failure(ClientError(.timedOut, "no answer \(what) in time")))
        }
        socket.start(delegate: self)
        guard let tunnel else { return wayIsOpen(UnsafeMutableRawBufferPointer(start: nil, count: 0)) }
        tunnel.writeRequest(into: &socket.outbox)
        socket.setNeedsFlush()
    }

    private func readTunnel(_ bytes: UnsafeMutableRawBufferPointer) {
        switch tunnel?.received(UnsafeRawBufferPointer(bytes)) {
        case .needMore, nil: break
        case .open(let consumed):
            tunnel = nil
            wayIsOpen(UnsafeMutableRawBufferPointer(rebasing: bytes[consumed...]))
        case .failed(let failure): end(.failure(ClientError(failure)))
        }
    }

    /// The socket leads to the server, be it through a proxy or not. The request leaves behind TLS's handshake, where
    /// there is one.
    /// - Parameter rest: what the server has said before it was asked.
    private func wayIsOpen(_ rest: UnsafeMutableRawBufferPointer) {
        if let security {
            // A server of TLS is silent until it is greeted: whatever this is, it was said by somebody else.
            guard rest.isEmpty else {
                return end(.failure(ClientError(.proxyRefused, "the proxy said something in the server's place")))
            }
            do throws(TLSFault) {
                let session = try TLSSession.client(security.context, host: security.host, port: security.port)
                socket.beginTLS(session)
            } catch {
                return end(.failure(ClientError(error, host: security.host)))
            }
        }
        handshake.writeRequest(into: &socket.outbox)
        socket.setNeedsFlush()
        if !rest.isEmpty { readAnswer(rest) }
    }

    private func readAnswer(_ bytes: UnsafeMutableRawBufferPointer) {
        switch handshake.received(UnsafeRawBufferPointer(bytes)) {
        case .needMore: break
        case .accepted(let upgrade, let consumed):
            accepted(upgrade, rest: UnsafeMutableRawBufferPointer(rebasing: bytes[consumed...]))
        case .failed(let failure): end(.failure(ClientError(failure)))
        }
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
        let connection = ClientConnection(socket, for: session, number: number, upgrade: upgrade)
        end(.success(()))
        session.take(connection)
        connection.open(rest)
    }
}

extension ClientUpgrade: SocketDelegate {
    func socket(_ socket: Socket, didRead bytes: UnsafeMutableRawBufferPointer) {
        guard outcome == nil else { return }
        if tunnel != nil { readTunnel(bytes) } else { readAnswer(bytes) }
    }

    func socketDidDrain(_ socket: Socket) {}

    func socketPeerDidEnd(_ socket: Socket) {}

    func socketDidReachEnd(_ socket: Socket) {
        end(.failure(endedWithoutAnswer("closed by the other side")))
    }

    func socketDidClose(_ socket: Socket, error: SocketError?) {
        if let security, let fault = error?.tls {
            return end(.failure(ClientError(fault, host: security.host)))
        }
        end(.failure(endedWithoutAnswer(error.map { "\($0)" } ?? "closed")))
    }

    private func endedWithoutAnswer(_ reason: String) -> ClientError {
        guard tunnel == nil else {
            return ClientError(.proxyRefused, "the connection ended without an answer of the proxy: \(reason)")
        }
        return ClientError(.handshakeFailed, "the connection ended without an answer: \(reason)")
    }
}

extension ClientHandshake {
    fileprivate init(_ url: WebSocketURL, _ configuration: ClientConfiguration) throws(ClientError) {
        do {
            try self.init(
                host: url.authority, target: url.target, headers: configuration.headers,
                subprotocols: configuration.dialect.subprotocols + configuration.subprotocols,
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
            retryAfter = RetryAfter.pause(in: headers, at: WallClock.now.seconds)
        case .invalidRequest(let reason):
            self.init(.invalidURL, reason)
        case .malformed(let reason):
            self.init(.handshakeFailed, reason)
        }
    }
}
