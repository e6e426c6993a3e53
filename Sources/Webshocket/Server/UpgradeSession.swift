import EventLoops

/// A socket from accept to the end of its upgrade request.
///
/// Confined to its loop. It ends as a ``ServerConnection``, or refused, or timed out.
final class UpgradeSession: SocketDelegate {
    private let socket: Socket
    private let serverLoop: ServerLoop
    /// Whether the census knows of the socket, and has to be told when it goes.
    private var isCounted: Bool
    private var handshake: ServerHandshake
    private var deadline: TimerToken?
    private var stage = Stage.beginning

    private enum Stage {
        /// Nothing has come yet of TLS or of HTTP.
        case beginning
        /// TLS for a peer that will be told why it cannot come in.
        case refusing(Refusal)
        case http
        case refused
    }

    init(_ socket: Socket, on serverLoop: ServerLoop, isCounted: Bool) {
        self.socket = socket
        self.serverLoop = serverLoop
        self.isCounted = isCounted
        let configuration = serverLoop.context.configuration
        let limits = HandshakeLimits(
            requestLine: configuration.limits.requestLine, headerBlock: configuration.limits.headerBlock,
            headerCount: configuration.limits.headerCount)
        handshake = ServerHandshake(limits: limits, origins: configuration.origins)
    }

    func start() {
        startDeadline()
        socket.start(delegate: self)
    }

    /// The deadline covers all that comes before the end of the upgrade request.
    private func startDeadline() {
        let timeout = serverLoop.context.configuration.timeouts.handshake
        deadline = serverLoop.loop.schedule(after: timeout) { [socket] in socket.close() }
    }

    func start(refusing refusal: Refusal) {
        socket.start(delegate: self)
        guard serverLoop.context.security.context != nil else { return refuse(refusal) }
        // Whoever speaks TLS can read the refusal only behind the handshake.
        stage = .refusing(refusal)
        startDeadline()
    }

    /// Ends the session without an answer, at shutdown.
    func abandon() {
        socket.close()
    }

    private func refuse(_ refusal: Refusal) {
        stage = .refused
        refusal.write(into: &socket.outbox)
        socket.closeAfterFlush()
    }

    private func upgrade(_ request: UpgradeRequest, rest: UnsafeMutableRawBufferPointer) {
        guard let (service, hub) = serverLoop.context.service(at: request.path) else { return refuse(.notFound) }
        cancelDeadline()
        let dialect = ServerDialect(offered: request.subprotocols, service: service)
        let answer = request.accept(
            subprotocol: dialect.subprotocol, compression: serverLoop.context.configuration.compression)
        answer.write(into: &socket.outbox)
        socket.setNeedsFlush()
        serverLoop.remove(self)
        isCounted = false
        let connection = ServerConnection(
            socket, on: serverLoop, service: service, hub: hub, request: request, codec: dialect.codec,
            deflate: answer.deflate)
        serverLoop.add(connection)
        connection.open(rest)
    }

    private func cancelDeadline() {
        if let deadline { serverLoop.loop.cancel(deadline) }
        deadline = nil
    }

    // MARK: SocketDelegate

    func socket(_ socket: Socket, didRead bytes: UnsafeMutableRawBufferPointer) {
        switch stage {
        case .beginning, .refusing: beginTLSOrHTTP(bytes)
        case .http: readRequest(bytes)
        case .refused: break
        }
    }

    /// The first bytes behind whatever stands before TLS, or before HTTP where there is no TLS. None for bytes that are
    /// yet to come.
    private func beginTLSOrHTTP(_ bytes: UnsafeMutableRawBufferPointer) {
        guard let first = bytes.first, !socket.isClosed else { return }
        guard let context = serverLoop.context.security.context else {
            stage = .http
            return readRequest(bytes)
        }
        guard first == Self.tlsHandshakeRecord else { return refuse(.tlsRequired) }
        guard let session = try? TLSSession.server(context) else { return socket.close() }
        if case .beginning = stage { stage = .http }
        socket.beginTLS(session, received: UnsafeRawBufferPointer(bytes))
    }

    /// What a hello begins with (RFC 8446, 5.1); no method of HTTP does.
    private static let tlsHandshakeRecord: UInt8 = 22

    func socketDidSecure(_ socket: Socket) {
        if case .refusing(let refusal) = stage { refuse(refusal) }
    }

    private func readRequest(_ bytes: UnsafeMutableRawBufferPointer) {
        switch handshake.received(UnsafeRawBufferPointer(bytes)) {
        case .needMore: break
        case .refuse(let refusal): refuse(refusal)
        case .upgrade(let request, let consumed):
            upgrade(request, rest: UnsafeMutableRawBufferPointer(rebasing: bytes[consumed...]))
        }
    }

    func socketDidDrain(_ socket: Socket) {}

    func socketPeerDidEnd(_ socket: Socket) {}

    func socketDidReachEnd(_ socket: Socket) {
        socket.close()
    }

    func socketDidClose(_ socket: Socket, error: SocketError?) {
        cancelDeadline()
        serverLoop.remove(self)
        if isCounted { serverLoop.context.census.leave(socket.peerName) }
    }
}
