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
    private var isRefused = false

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
        let timeout = serverLoop.context.configuration.timeouts.handshake
        deadline = serverLoop.loop.schedule(after: timeout) { [socket] in socket.close() }
        socket.start(delegate: self)
    }

    func start(refusing refusal: Refusal) {
        socket.start(delegate: self)
        refuse(refusal)
    }

    /// Ends the session without an answer, at shutdown.
    func abandon() {
        guard !isRefused else { return }
        socket.close()
    }

    private func refuse(_ refusal: Refusal) {
        isRefused = true
        refusal.write(into: &socket.outbox)
        socket.closeAfterFlush()
    }

    private func upgrade(_ request: UpgradeRequest, rest: UnsafeMutableRawBufferPointer) {
        guard !serverLoop.isShuttingDown else { return refuse(serverLoop.refusal) }
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
        guard !isRefused else { return }
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
