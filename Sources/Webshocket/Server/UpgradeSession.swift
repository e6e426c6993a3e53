import EventLoops

/// A socket from accept to the end of its upgrade request.
///
/// Confined to its loop. It ends as a ``ServerConnection``, or refused, or timed out.
final class UpgradeSession: SocketDelegate {
    /// What the census knows of the socket, and has to be told when it goes.
    enum Counted {
        case not
        /// One of all, but of no address.
        case nobody
        case address(String)
    }

    private let socket: Socket
    private let serverLoop: ServerLoop
    /// Whom the socket is for, as far as is known.
    private var peer: PeerIdentity
    /// What tells whom a proxy speaks for; nil for a peer that is no trusted proxy.
    private let proxies: ProxyTrust?
    /// Nil where none is to come, or has come.
    private var proxyHeader: ProxyHeaderReader?
    private var counted = Counted.not
    private var handshake: ServerHandshake
    private var deadline: TimerToken?
    private var isRefused = false

    /// - Parameter proxies: for the socket of a trusted proxy; nil for any other.
    init(_ socket: Socket, on serverLoop: ServerLoop, proxies: ProxyTrust?) {
        self.socket = socket
        self.serverLoop = serverLoop
        self.proxies = proxies
        peer = PeerIdentity(address: socket.peerName)
        if proxies?.convention == .proxyProtocol { proxyHeader = ProxyHeaderReader() }
        let configuration = serverLoop.context.configuration
        let limits = HandshakeLimits(
            requestLine: configuration.limits.requestLine, headerBlock: configuration.limits.headerBlock,
            headerCount: configuration.limits.headerCount)
        handshake = ServerHandshake(limits: limits, origins: configuration.origins, forwarding: proxies?.headers)
    }

    func start(countedAs counted: Counted) {
        self.counted = counted
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

    // MARK: The stages, in their order

    private func readProxyHeader(_ bytes: UnsafeMutableRawBufferPointer) {
        switch proxyHeader?.received(UnsafeRawBufferPointer(bytes)) {
        case .needMore, nil: break
        // Whoever is at the other end expects no answer yet that it could read.
        case .failed: socket.close()
        case .header(let header, let consumed):
            proxyHeader = nil
            guard let proxies, identify(proxies.identity(of: socket.peerName, header)) else { return }
            readRequest(UnsafeMutableRawBufferPointer(rebasing: bytes[consumed...]))
        }
    }

    private func readRequest(_ bytes: UnsafeMutableRawBufferPointer) {
        switch handshake.received(UnsafeRawBufferPointer(bytes)) {
        case .needMore: break
        case .refuse(let refusal): refuse(refusal)
        case .upgrade(let request, let consumed):
            guard identify(by: request.headers) else { return }
            upgrade(request, rest: UnsafeMutableRawBufferPointer(rebasing: bytes[consumed...]))
        }
    }

    /// Learns from a trusted proxy's headers whom it speaks for.
    /// - Returns: whether to go on; if not, the peer has its answer.
    private func identify(by headers: HTTPHeaders) -> Bool {
        guard let proxies, let forwarding = proxies.headers else { return true }
        guard let hops = forwarding.hops(in: headers), let peer = proxies.identity(of: socket.peerName, hops) else {
            refuse(.malformedForwarding)
            return false
        }
        return identify(peer)
    }

    private func identify(_ peer: PeerIdentity) -> Bool {
        self.peer = peer
        guard serverLoop.context.census.identify(peer.address) else {
            refuse(.tooManyConnections)
            return false
        }
        counted = .address(peer.address)
        return true
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
        counted = .not
        let connection = ServerConnection(
            socket, of: peer, on: serverLoop, service: service, hub: hub, request: request, codec: dialect.codec,
            answer: answer)
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
        if proxyHeader != nil { readProxyHeader(bytes) } else { readRequest(bytes) }
    }

    func socketDidDrain(_ socket: Socket) {}

    func socketPeerDidEnd(_ socket: Socket) {}

    func socketDidReachEnd(_ socket: Socket) {
        socket.close()
    }

    func socketDidClose(_ socket: Socket, error: SocketError?) {
        cancelDeadline()
        serverLoop.remove(self)
        switch counted {
        case .not: break
        case .nobody: serverLoop.context.census.leave(nil)
        case .address(let address): serverLoop.context.census.leave(address)
        }
        counted = .not
    }
}
