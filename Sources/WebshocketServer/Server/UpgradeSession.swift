import EventLoops

/// A transport from accept to the end of its upgrade request. Handles the PROXY protocol, TLS and HTTP, as configured.
///
/// Confined to its loop. The session ends as a ``ServerConnection``, with a refusal, or with a timeout.
final class UpgradeSession {
    /// How the connection counter counts the peer. The session must stop counting it when the transport closes.
    enum Counted {
        case not
        /// Counted in total, but for no address.
        case nobody
        case address(String)
    }

    /// The protocol of the next bytes.
    enum Stage {
        /// The header of the PROXY protocol. Exits: its end → beginning; an error → over.
        case proxyHeader(ProxyHeaderReader)
        /// The first byte, which distinguishes TLS from HTTP. Exits: any byte → http or over.
        case beginning
        /// An HTTP request. Exits: its end → validating or over.
        case http
        /// Authentication is in progress, and no further bytes are processed. Exits: its end → over.
        case validating
        /// A connection has taken over the transport, or further bytes are discarded.
        case over
    }

    /// The timeout for the TLS handshake of a peer that is refused after it.
    static let refusalTime = Duration.seconds(2)

    let transport: Transport
    let serverLoop: ServerLoop
    var stage: Stage
    /// The identity of the peer, as far as known.
    var peer: PeerIdentity
    /// The parser for the proxy's reports; nil if the peer is not a trusted proxy.
    let proxies: ProxyTrust?
    var handshake: ServerHandshake
    /// The session for ordinary HTTP requests; nil before the first.
    var http: HTTPSession?
    /// The refusal of a peer that exceeds a limit, regardless of its request. Sent when the peer can read a response.
    var refusal: Refusal?
    /// The authentication of the upgrade request; nil before it begins.
    var validation: HandshakeValidation?
    /// Whether a limit has refused it.
    var closingSocket = ClosingSocket.none
    /// The entry among the idle connections; nil if the connection is not idle or there are no limits.
    var rest: ConnectionCounter.Rest?
    var counted = Counted.not
    private var deadline: TimerToken?

    /// - Parameter proxies: The trusted proxies, if the peer is one of them; nil for any other peer.
    init(_ transport: Transport, on serverLoop: ServerLoop, proxies: ProxyTrust?) {
        self.transport = transport
        self.serverLoop = serverLoop
        self.proxies = proxies
        peer = PeerIdentity(address: transport.peerName)
        stage = proxies?.convention == .proxyProtocol ? .proxyHeader(ProxyHeaderReader()) : .beginning
        handshake = Self.handshake(serverLoop.context, proxies)
    }

    /// Returns a parser for the next request.
    static func handshake(_ context: ServerContext, _ proxies: ProxyTrust?) -> ServerHandshake {
        let configuration = context.configuration
        let limits = HandshakeLimits(
            requestLine: configuration.limits.requestLine, headerBlock: configuration.limits.headerBlock,
            headerCount: configuration.limits.headerCount)
        return ServerHandshake(
            limits: limits, origins: configuration.origins, forwarding: proxies?.headers,
            isSecure: context.security.context != nil)
    }

    func start(countedAs counted: Counted) {
        self.counted = counted
        begin(within: serverLoop.context.configuration.timeouts.handshake)
    }

    /// Refuses the peer: at once or, with TLS, after the TLS handshake, so that the peer can read the response.
    func start(refusing refusal: Refusal) {
        self.refusal = refusal
        begin(within: min(serverLoop.context.configuration.timeouts.handshake, Self.refusalTime))
        if serverLoop.context.security.context == nil { refuse(refusal) }
    }

    /// Starts the transport. The deadline covers everything before the WebSocket is open.
    private func begin(within timeout: Duration) {
        limitHandshake(to: timeout)
        transport.start(delegate: self)
    }

    /// Ends the session at shutdown without a response. A session that is being answered ends by itself.
    func abandon() {
        if case .over = stage { return }
        if endValidation(serverLoop.refusal) || http?.isAnswering == true { return }
        transport.close()
    }

    func refuse(_ refusal: Refusal, toHead: Bool = false) {
        stage = .over
        if case .atOnce = closingSocket { return transport.close() }
        refusal.write(into: &transport.outbox, date: serverLoop.date, toHead: toHead)
        transport.closeAfterFlush()
    }

    /// Sets the identity of the peer and counts its address.
    /// - Returns: The refusal if the peer's address has too many connections; nil otherwise.
    func identify(_ peer: PeerIdentity) -> Refusal? {
        self.peer = peer
        // A refused peer is not counted.
        guard refusal == nil else { return nil }
        let counter = serverLoop.context.counter
        // A proxy's connection may carry requests of several clients, one after another.
        if case .address(let address) = counted {
            if address == peer.address { return nil }
            counter.forget(address)
            counted = .nobody
        }
        guard counter.identify(peer.address) else {
            depart()
            return .tooManyConnections
        }
        counted = .address(peer.address)
        return nil
    }

    func upgrade(_ request: UpgradeRequest, rest: UnsafeMutableRawBufferPointer) {
        guard !serverLoop.isShuttingDown else { return refuse(serverLoop.refusal) }
        guard let (service, hub) = serverLoop.context.service(at: request.path) else { return refuse(.notFound) }
        http = nil
        validate(request, UpgradePlace(service: service, hub: hub), rest: rest)
    }

    /// Completes the upgrade and hands the transport over to a connection.
    /// - Parameters:
    ///   - headers: Additional headers of the response.
    ///   - rest: The bytes received after the upgrade request.
    ///   - begin: Opens the connection, or first waits for the client's token.
    func open(
        _ request: UpgradeRequest, _ place: UpgradePlace, headers: HTTPHeaders = HTTPHeaders(),
        rest: UnsafeMutableRawBufferPointer, _ begin: (ServerConnection) -> Void = { $0.welcome(nil) }
    ) {
        cancelDeadline()
        let negotiated = NegotiatedSubprotocol(offered: request.subprotocols, service: place.service)
        var answer = request.accept(
            subprotocol: negotiated.subprotocol, compression: serverLoop.context.configuration.compression)
        answer.headers = headers
        answer.write(into: &transport.outbox)
        transport.setNeedsFlush()
        serverLoop.remove(self)
        stage = .over
        counted = .not
        let connection = ServerConnection(
            transport, of: peer, on: serverLoop, service: place.service, hub: place.hub, request: request,
            codec: negotiated.codec, answer: answer)
        serverLoop.add(connection)
        connection.open(rest, begin)
    }

    /// Sets the timeout for a request, or for its authentication.
    func limitHandshake(to time: Duration) {
        setDeadline(after: time) { [weak self, transport] in
            if self?.endValidation(.validatedTooLate) != true { transport.close() }
        }
    }

    /// Sets the action for the next timeout, which replaces any earlier one.
    func setDeadline(after time: Duration, _ action: @escaping () -> Void) {
        cancelDeadline()
        deadline = serverLoop.loop.schedule(after: time, action)
    }

    func cancelDeadline() {
        if let deadline { serverLoop.loop.cancel(deadline) }
        deadline = nil
    }
}

extension UpgradeSession: TransportDelegate {
    func transport(_ transport: Transport, didRead bytes: UnsafeMutableRawBufferPointer) {
        read(bytes)
    }

    func transportDidSecure(_ transport: Transport) {
        if let refusal { refuse(refusal) }
    }

    func transportDidDrain(_ transport: Transport) { http?.didDrain() }

    func transportPeerDidEnd(_ transport: Transport) {
        if !endValidation(nil) { http?.peerDidEnd() }
    }

    func transportDidReachEnd(_ transport: Transport) {
        if let http { http.didReachEnd() } else { transport.close() }
    }

    func transportDidClose(_ transport: Transport, error: SocketError?) {
        cancelDeadline()
        serverLoop.remove(self)
        validation?.cancel()
        // A request in authentication is no longer part of the HTTP session.
        if let validation {
            validation.whenEnded(leave)
        } else if let http = http.take() {
            http.end(leave)
        } else {
            leave()
        }
    }

    private func leave() {
        wake()
        leaveCounter()
    }
}
