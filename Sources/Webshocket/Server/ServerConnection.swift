import Bytes
import EventLoops

/// What the loop knows of one peer: its link, its codec, its handler, and the calls in flight.
///
/// Confined to the loop; the ``Connection`` that handlers hold is its face for everyone else.
final class ServerConnection {
    let codec: Codec
    /// What is sent is written as.
    let form: WireForm
    let service: Router.Service
    let hub: Hub
    let tasks = TaskBag()
    let serverLoop: ServerLoop
    let replyKind: MessageKind
    let link: WebSocketLink
    /// The face; nil when the connection has ended, so that the two do not keep each other alive.
    var connection: Connection?
    /// Its place in the hub; nil before it is open, and when it has ended.
    var seat: Seat?
    /// Nil before it joins its first room.
    var membershipTeller: MembershipTeller?
    // Unchecked, as what every call asks; no access to it spans a call out.
    /// The number of calls with one response whose methods run.
    @exclusivity(unchecked) var callsInFlight = 0
    /// Bytes of the requests of those calls, whose arguments their methods hold.
    @exclusivity(unchecked) var requestBytesInFlight = 0
    /// The size of the message that was received last, with 64 bytes more for each value of a packet.
    @exclusivity(unchecked) var messageBytes = 0
    /// How many streams' tasks have not ended, whether or not they are answered.
    var streamsRunning = 0
    var calls = CallsInFlight()
    /// Streams that wait for room in the outbound queue, in turn; at most as many as may be open.
    var streamsWithoutRoom: [CallInFlight] = []
    /// A request that came while as many calls were in flight as may be; nothing behind it is read before it is begun.
    var heldRequest: Message?
    /// Its own token buckets; none before the first call that has a limit. Unchecked, as above.
    @exclusivity(unchecked) var buckets: [TokenBucket] = []
    /// Where packets wait for `receive()`; nil where a handler takes them.
    let inbox: PacketInbox?
    /// The messages that wait for the peer to read them. Unchecked, as above.
    @exclusivity(unchecked) var outbound: OutboundQueue
    /// Publishers that are held up by this peer.
    var roomWaiters: [RoomWaiter] = []
    /// Who has judged the peer; nil where nothing more is to be known of that.
    var authentication: ConnectionAuthentication?
    /// Whether the peer has said hello (Protocol.md, "Hello"): only then it is sent what older clients do not know.
    var hasSaidHello = false
    /// How many ids were made for calls that had none.
    var idsMade: UInt64 = 0
    /// How many bodies of ``runHandler(_:)`` run.
    private var handlersRunning = 0
    private(set) var isDraining = false
    /// What the connection is closed with at a shutdown; nil before it drains.
    private var farewell: ConnectionClosure?

    init(
        _ socket: Socket, of peer: PeerIdentity, on serverLoop: ServerLoop, service: Router.Service, hub: Hub,
        request: UpgradeRequest, codec: Codec, answer: UpgradeAnswer
    ) {
        self.serverLoop = serverLoop
        self.service = service
        self.hub = hub
        self.codec = codec
        form = service.isRaw ? .values : WireForm(codec: codec)
        inbox = service.isAccepting ? PacketInbox() : nil
        let configuration = serverLoop.context.configuration
        replyKind = codec == .json && configuration.jsonFrames == .text ? .text : .binary
        let room = configuration.limits.socketRoom
        outbound = OutboundQueue(
            capacity: configuration.limits.outboundQueue - room, replyCapacity: configuration.limits.replyQueue)
        link = WebSocketLink(
            socket, role: .server, room: room,
            limits: MessageLimits(
                maxMessage: configuration.limits.messageSize, maxFragments: configuration.limits.fragments),
            deflate: answer.deflate, closeTimeout: configuration.timeouts.close,
            heartbeat: configuration.timeouts.heartbeat)
        link.delegate = self
        connection = Connection(self, peer, request, answer, loop: socket.loop)
    }

    var log: ThrottledLog { serverLoop.log }
    var limits: Limits { serverLoop.context.configuration.limits }

    /// Begins, then reads: first what came behind the upgrade request.
    func open(_ rest: UnsafeMutableRawBufferPointer, _ begin: (ServerConnection) -> Void) {
        link.socket.delegate = link
        begin(self)
        link.read(rest)
    }

    /// Makes the connection known, and runs `onConnect`; nothing is read before that has returned.
    /// - Parameter admission: nil where nobody has judged the peer.
    func welcome(_ admission: Admission?) {
        if let admission { apply(admission) }
        enterHub(isAdmitted: admission != nil)
        switch service {
        case .messages(let service):
            guard let onConnect = service.onConnect else {
                didOpen(service)
                break
            }
            runHandler { connection in
                try await onConnect(connection)
                connection.core.value.didOpen(service)
            }
        case .packets(let service):
            runHandler { connection in
                try await service.handler.connectionBegan(connection)
                connection.core.value.didOpen()
            }
        }
    }

    /// Opens a connection to a raw path, if the client satisfies the path's requirement after `onConnect`.
    private func didOpen(_ service: RawService) {
        if satisfiesRequirement(of: service) { didOpen() }
    }

    /// When the handler has let the peer in.
    private func didOpen() {
        connection?.change(to: .open)
        seat?.hearsBroadcasts = true
    }

    func close(_ code: CloseCode, reason: String) {
        link.close(code, reason: reason)
    }

    /// Takes no more calls, and closes with 1001 when those in flight and the handlers that run have ended.
    func beginGracefulShutdown() {
        isDraining = true
        farewell = serverLoop.farewell
        for stream in calls.streams.values { stop(stream, shuttingDown) }
        beginHeldRequest()
        closeIfDrained()
        // What a client sends without a call would be lost until it makes one.
        if hasSaidHello, link.isOpen { fail(.noCallID, shuttingDown) }
    }

    func closeIfDrained() {
        guard isDraining, callsInFlight == 0, outbound.replyCount == 0, handlersRunning == 0 else { return }
        endGracefulShutdown()
    }

    /// The error for calls and streams of a connection that drains, with the advice of its close frame.
    var shuttingDown: RPCError {
        guard case .after(let pause) = farewell?.advice else { return .shuttingDown(retryAfter: nil) }
        return .shuttingDown(retryAfter: pause)
    }

    /// Closes with 1001, whatever still runs.
    func endGracefulShutdown() {
        let closure = farewell ?? serverLoop.farewell
        close(closure.code, reason: closure.reason)
    }

    /// Runs code of the handler's on the loop, and reads no further message until it has returned.
    /// - Parameter label: names what runs, for the watchdog; nil for the handler as a whole.
    func runHandler(
        as label: WorkLabel? = nil,
        _ body: nonisolated(nonsending) @escaping @Sendable (Connection) async throws -> Void
    ) {
        guard let connection else { return }
        link.pause(.handler)
        handlersRunning += 1
        let core = LoopBound(self, loop: serverLoop.loop)
        tasks.start(on: serverLoop.loop, as: label ?? service.label) { _ in
            do {
                try await body(connection)
                core.value.link.resume(.handler)
                core.value.handlerEnded()
            } catch {
                core.value.handlerFailed(error)
                core.value.handlerEnded()
            }
        }
    }

    private func handlerEnded() {
        handlersRunning -= 1
        closeIfDrained()
    }

    /// Runs code of the handler's that does not wait.
    /// - Parameter label: as above.
    func callHandler(as label: WorkLabel? = nil, _ body: (Connection) throws -> Void) {
        guard let connection else { return }
        let outerWork = serverLoop.loop.begin(label ?? service.label)
        defer { serverLoop.loop.end(outerWork) }
        do {
            try body(connection)
        } catch {
            handlerFailed(error)
        }
    }

    private func handlerFailed(_ error: any Error) {
        switch error {
        case let absence as NoReceiver:
            if case .packets(let service) = service {
                service.note(absence)
                refuseUnheard(.callsOnly, service)
            }
            link.resume(.handler)
        case let closure as ConnectionClosure: close(closure.code, reason: closure.reason)
        default:
            _ = answer(for: error)
            close(.internalError, reason: "")
        }
    }
}
