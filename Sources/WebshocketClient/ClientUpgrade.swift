import EventLoops

/// A client's transport from the connect to the end of the handshake.
///
/// Confined to the event loop. It ends exactly once: with an open connection that the session takes over, or with an
/// error.
final class ClientUpgrade {
    typealias Outcome = Result<Void, any Error>

    private let transport: Transport
    private let configuration: ClientConfiguration
    private let session: ClientSession
    private let number: UInt64
    /// The request to the proxy; nil without a proxy, and after the tunnel is open.
    private var tunnel: ConnectTunnel?
    private let security: Security?
    private var handshake: ClientHandshake
    private var deadline: TimerToken?
    private var outcome: Outcome?
    private var waiting: CheckedContinuation<Outcome, Never>?

    /// The TLS settings, with the host and the port of the server.
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
        _ transport: Transport, _ tunnel: ConnectTunnel?, _ security: Security?, _ handshake: ClientHandshake,
        _ configuration: ClientConfiguration, for session: ClientSession, number: UInt64
    ) {
        self.security = security
        self.transport = transport
        self.tunnel = tunnel
        self.handshake = handshake
        self.configuration = configuration
        self.session = session
        self.number = number
    }

    /// Connects and performs the handshake within the configuration's connect timeout.
    /// - Parameters:
    ///   - session: The session that takes over the connection.
    ///   - number: The number of the connection.
    /// - Throws: ``ClientError``, or `CancellationError` if the task is cancelled.
    static func connect(
        _ url: WebSocketURL, _ configuration: ClientConfiguration, on loop: EventLoop,
        session: LoopBound<ClientSession>, number: UInt64
    ) async throws {
        let handshake = try ClientHandshake(url, configuration, at: loop.clock.wallTime)
        let route = try ClientRoute(to: url, through: configuration.proxy)
        let security = try Security(url, configuration.tls)
        let deadline = loop.clock.now + configuration.connectTimeout.asDelay
        let upgrade: LoopBound<ClientUpgrade>
        do {
            upgrade = try await configuration.network.connect(
                to: route.endpoint, on: loop, timeout: configuration.connectTimeout
            ) { transport in
                let upgrade = ClientUpgrade(
                    transport, route.tunnel, security, handshake, configuration, for: session.value, number: number)
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
        deadline = transport.loop.schedule(after: max(end - transport.loop.clock.now, .zero)) { [weak self] in
            let peer = self?.tunnel == nil ? "server" : "proxy"
            self?.end(.failure(ClientError(.timedOut, "timed out waiting for the \(peer) to answer")))
        }
        transport.start(delegate: self)
        guard let tunnel else { return wayIsOpen(UnsafeMutableRawBufferPointer(start: nil, count: 0)) }
        tunnel.writeRequest(into: &transport.outbox)
        transport.setNeedsFlush()
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

    /// Sends the upgrade request once the transport is connected to the server, directly or through a proxy. With TLS, the
    /// request follows the TLS handshake.
    /// - Parameter rest: The bytes that arrived before the request was sent.
    private func wayIsOpen(_ rest: UnsafeMutableRawBufferPointer) {
        if let security {
            // A TLS server sends nothing before the client does, so these bytes are not from the server.
            guard rest.isEmpty else {
                return end(.failure(ClientError(.proxyRefused, "the proxy sent data before the TLS handshake")))
            }
            do throws(TLSFault) {
                let session = try TLSSession.client(security.context, host: security.host, port: security.port)
                transport.beginTLS(session)
            } catch {
                return end(.failure(ClientError(error, host: security.host)))
            }
        }
        handshake.writeRequest(into: &transport.outbox)
        transport.setNeedsFlush()
        if !rest.isEmpty { readAnswer(rest) }
    }

    private func readAnswer(_ bytes: UnsafeMutableRawBufferPointer) {
        switch handshake.received(UnsafeRawBufferPointer(bytes)) {
        case .needMore: break
        case .accepted(let upgrade, let consumed):
            accepted(upgrade, rest: UnsafeMutableRawBufferPointer(rebasing: bytes[consumed...]))
        case .failed(let failure):
            end(.failure(ClientError(failure, at: transport.loop.clock.wallTime)))
        }
    }

    private func wait(_ continuation: CheckedContinuation<Outcome, Never>) {
        if let outcome { continuation.resume(returning: outcome) } else { waiting = continuation }
    }

    /// Ends the upgrade; a no-op if it has already ended.
    private func end(_ outcome: Outcome) {
        guard self.outcome == nil else { return }
        self.outcome = outcome
        if let deadline { transport.loop.cancel(deadline) }
        if case .failure = outcome { transport.close() }
        waiting?.resume(returning: outcome)
        waiting = nil
    }

    private func accepted(_ upgrade: AcceptedUpgrade, rest: UnsafeMutableRawBufferPointer) {
        if !configuration.isRaw, configuration.codec == .messagePack, upgrade.subprotocol != Subprotocol.messagePack {
            let message = "the server does not support \(Subprotocol.messagePack); try the JSON codec"
            return end(.failure(ClientError(.handshakeFailed, message, httpStatus: 101)))
        }
        let connection = ClientConnection(transport, for: session, number: number, upgrade: upgrade)
        end(.success(()))
        session.take(connection)
        connection.open(rest)
    }
}

extension ClientUpgrade: TransportDelegate {
    func transport(_ transport: Transport, didRead bytes: UnsafeMutableRawBufferPointer) {
        guard outcome == nil else { return }
        if tunnel != nil { readTunnel(bytes) } else { readAnswer(bytes) }
    }

    func transportDidDrain(_ transport: Transport) {}

    func transportPeerDidEnd(_ transport: Transport) {}

    func transportDidReachEnd(_ transport: Transport) {
        end(.failure(endedWithoutAnswer("closed by the peer")))
    }

    func transportDidClose(_ transport: Transport, error: SocketError?) {
        if let security, let fault = error?.tls {
            return end(.failure(ClientError(fault, host: security.host)))
        }
        end(.failure(endedWithoutAnswer(error.map { "\($0)" } ?? "closed")))
    }

    private func endedWithoutAnswer(_ reason: String) -> ClientError {
        guard tunnel == nil else {
            return ClientError(.proxyRefused, "the connection ended before the proxy answered: \(reason)")
        }
        return ClientError(.handshakeFailed, "the connection ended before the server answered: \(reason)")
    }
}

extension ClientHandshake {
    fileprivate init(
        _ url: WebSocketURL, _ configuration: ClientConfiguration, at now: WallTime
    ) throws(ClientError) {
        do {
            try self.init(
                host: url.authority, target: url.target, headers: configuration.headers,
                subprotocols: configuration.packetSubprotocols + configuration.subprotocols,
                compression: configuration.compression)
        } catch {
            throw ClientError(error, at: now)
        }
    }
}

extension ClientError {
    fileprivate init(_ failure: HandshakeFailure, at now: WallTime) {
        switch failure {
        case .refused(let status, let headers, let body):
            let detail = body.isEmpty ? "" : ": \(body.escapingControlCharacters)"
            self.init(.upgradeRefused, "the server answered \(status)\(detail)", httpStatus: status)
            retryAfter = RetryAfter.pause(in: headers, at: now.seconds)
        case .invalidRequest(let reason):
            self.init(.invalidURL, reason)
        case .malformed(let reason):
            self.init(.handshakeFailed, reason)
        }
    }
}
