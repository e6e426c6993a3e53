import EventLoops

/// A socket from accept to the end of its upgrade request: what a proxy says of it, TLS, HTTP, each where it is due.
///
/// Confined to its loop. It ends as a ``ServerConnection``, or refused, or timed out.
final class UpgradeSession {
    /// What the census knows of the socket, and has to be told when it goes.
    enum Counted {
        case not
        /// One of all, but of no address.
        case nobody
        case address(String)
    }

    /// What the next bytes are.
    enum Stage {
        /// The header of the PROXY protocol. Exits: its end → beginning; a flaw → over.
        case proxyHeader(ProxyHeaderReader)
        /// The first ones of TLS, or of HTTP. Exits: any byte → http, or over.
        case beginning
        /// Exits: the end of the request → judging or over.
        case http
        /// Nothing is to be read before the path's authentication has judged the request. Exits: that → over.
        case judging
        /// A connection has taken over, or what comes is thrown away.
        case over
    }

    /// For the handshake of TLS of a socket that is turned away behind it.
    static let refusalTime = Duration.seconds(2)

    let socket: Socket
    let serverLoop: ServerLoop
    var stage: Stage
    /// Whom the socket is for, as far as is known.
    var peer: PeerIdentity
    /// What tells whom a proxy speaks for; nil for a peer that is no trusted proxy.
    let proxies: ProxyTrust?
    var handshake: ServerHandshake
    /// What answers requests that are for no WebSocket; nil before the first.
    var http: HTTPSession?
    /// The answer of one who is turned away whatever it asks for, once it can be read.
    var refusal: Refusal?
    /// What the path's authentication is asked about.
    var judgement: HandshakeJudgement?
    /// Whether a limit has refused it.
    var departure = Departure.none
    /// Where it may be told to make room, while it waits for a next request; nil otherwise, and where none is ever
    /// asked.
    var rest: ConnectionCensus.Rest?
    var counted = Counted.not
    private var deadline: TimerToken?

    /// - Parameter proxies: for the socket of a trusted proxy; nil for any other.
    init(_ socket: Socket, on serverLoop: ServerLoop, proxies: ProxyTrust?) {
        self.socket = socket
        self.serverLoop = serverLoop
        self.proxies = proxies
        peer = PeerIdentity(address: socket.peerName)
        stage = proxies?.convention == .proxyProtocol ? .proxyHeader(ProxyHeaderReader()) : .beginning
        handshake = Self.handshake(serverLoop.context, proxies)
    }

    /// What reads the next request.
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

    /// Turns the peer away: at once, or where it speaks TLS behind that one's handshake, for it to read the answer.
    func start(refusing refusal: Refusal) {
        self.refusal = refusal
        begin(within: min(serverLoop.context.configuration.timeouts.handshake, Self.refusalTime))
        if serverLoop.context.security.context == nil { refuse(refusal) }
    }

    /// The deadline covers all that comes before the WebSocket is open.
    private func begin(within timeout: Duration) {
        limitHandshake(to: timeout)
        socket.start(delegate: self)
    }

    /// Ends the session without an answer, at shutdown; one that has its answer ends by itself.
    func abandon() {
        if case .over = stage { return }
        if endJudgement(serverLoop.refusal) || http?.isAnswering == true { return }
        socket.close()
    }

    func refuse(_ refusal: Refusal, toHead: Bool = false) {
        stage = .over
        if case .atOnce = departure { return socket.close() }
        refusal.write(into: &socket.outbox, date: serverLoop.date, toHead: toHead)
        socket.closeAfterFlush()
    }

    /// - Returns: why there may be no more connections of the peer's address; nil where there may.
    func identify(_ peer: PeerIdentity) -> Refusal? {
        self.peer = peer
        // One who is turned away is not counted.
        guard refusal == nil else { return nil }
        let census = serverLoop.context.census
        // A proxy's connection may carry requests of one client after the other.
        if case .address(let address) = counted {
            if address == peer.address { return nil }
            census.forget(address)
            counted = .nobody
        }
        guard census.identify(peer.address) else {
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
        judge(request, UpgradePlace(service: service, hub: hub), rest: rest)
    }

    /// - Parameters:
    ///   - headers: to send along.
    ///   - begin: lets the peer in, or has it show first who it is.
    func open(
        _ request: UpgradeRequest, _ place: UpgradePlace, headers: HTTPHeaders = HTTPHeaders(),
        rest: UnsafeMutableRawBufferPointer, _ begin: (ServerConnection) -> Void = { $0.welcome(nil) }
    ) {
        cancelDeadline()
        let dialect = ServerDialect(offered: request.subprotocols, service: place.service)
        var answer = request.accept(
            subprotocol: dialect.subprotocol, compression: serverLoop.context.configuration.compression)
        answer.headers = headers
        answer.write(into: &socket.outbox)
        socket.setNeedsFlush()
        serverLoop.remove(self)
        stage = .over
        counted = .not
        let connection = ServerConnection(
            socket, of: peer, on: serverLoop, service: place.service, hub: place.hub, request: request,
            codec: dialect.codec, answer: answer)
        serverLoop.add(connection)
        connection.open(rest, begin)
    }

    /// Ends the wait for a request, or for what the path's authentication makes of one.
    func limitHandshake(to time: Duration) {
        setDeadline(after: time) { [weak self, socket] in
            if self?.endJudgement(.judgedTooLate) != true { socket.close() }
        }
    }

    /// Sets what ends the wait for what is due next, in place of what was set before.
    func setDeadline(after time: Duration, _ action: @escaping () -> Void) {
        cancelDeadline()
        deadline = serverLoop.loop.schedule(after: time, action)
    }

    func cancelDeadline() {
        if let deadline { serverLoop.loop.cancel(deadline) }
        deadline = nil
    }
}

extension UpgradeSession: SocketDelegate {
    func socket(_ socket: Socket, didRead bytes: UnsafeMutableRawBufferPointer) {
        read(bytes)
    }

    func socketDidSecure(_ socket: Socket) {
        if let refusal { refuse(refusal) }
    }

    func socketDidDrain(_ socket: Socket) { http?.didDrain() }

    func socketPeerDidEnd(_ socket: Socket) {
        if !endJudgement(nil) { http?.peerDidEnd() }
    }

    func socketDidReachEnd(_ socket: Socket) {
        if let http { http.didReachEnd() } else { socket.close() }
    }

    func socketDidClose(_ socket: Socket, error: SocketError?) {
        cancelDeadline()
        serverLoop.remove(self)
        judgement?.cancel()
        // What has been judged has left HTTP behind.
        if let judgement {
            judgement.whenEnded(leave)
        } else if let http = http.take() {
            http.end(leave)
        } else {
            leave()
        }
    }

    private func leave() {
        wake()
        leaveCensus()
    }
}
