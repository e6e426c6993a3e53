import Bytes
import EventLoops

/// The event loop's state of one connection: its link, codec, handler and calls in flight.
///
/// Confined to the loop. Other threads and handlers use the corresponding ``Connection``.
final class ServerConnection {
    let codec: PacketCodec
    /// The format of sent messages.
    let form: WireForm
    let service: Router.Service
    let hub: Hub
    let tasks = TaskBag()
    let serverLoop: ServerLoop
    let replyKind: MessageKind
    let link: WebSocketLink
    /// The public object for this connection. Nil after the connection has ended, which breaks the reference cycle
    /// between the two.
    var connection: Connection?
    /// The connection's place in the hub; nil before it opens and after it has ended.
    var seat: Seat?
    /// Passes the membership events of rooms to the handler; nil before the connection joins its first room.
    var membershipTeller: MembershipNotifier?
    // Exclusivity checks are disabled because every call accesses these properties. No access to them spans a call to
    // other code.
    /// The number of calls with one response whose methods run.
    @exclusivity(unchecked) var callsInFlight = 0
    /// The size in bytes of the requests of the calls that are counted by `callsInFlight`, whose arguments their
    /// methods hold.
    @exclusivity(unchecked) var requestBytesInFlight = 0
    /// The size of the last received message, plus 64 bytes for each value if it is a packet.
    @exclusivity(unchecked) var messageBytes = 0
    /// The number of streams whose tasks have not ended, whether or not they are answered.
    var streamsRunning = 0
    var calls = CallsInFlight()
    /// The streams that wait for room in the outbound queue, in order. At most one entry per open stream.
    var streamsWithoutRoom: [CallInFlight] = []
    /// The messages that wait to be processed; nil usually.
    @exclusivity(unchecked) var backlog: MessageBacklog?
    /// Whether messages wait until a handler of packets has returned.
    @exclusivity(unchecked) var isHandlerRunning = false
    /// Whether a message from the backlog is being processed.
    var isProcessingWaiting = false
    /// The connection's own token buckets; empty before the first call with a rate limit. Exclusivity is unchecked
    /// because every call accesses them.
    @exclusivity(unchecked) var buckets: [TokenBucket] = []
    /// The packets buffered for `receive()`; nil if a handler receives them.
    let inbox: PacketInbox?
    /// The messages queued for the peer. Exclusivity is unchecked because every call accesses them.
    @exclusivity(unchecked) var outbound: OutboundQueue
    /// The publishers that wait for this peer to read.
    var roomWaiters: [RoomWaiter] = []
    /// The authentication state, for renewal and expiry of the admission; nil if neither applies.
    var authentication: ConnectionAuthentication?
    /// Whether the peer has sent `__hello__` (Protocol.md, "Hello"). Packets that older clients do not understand are
    /// sent only after that.
    var hasSaidHello = false
    /// The number of call IDs generated for calls without one.
    var idsMade: UInt64 = 0
    /// The number of closures of ``runHandler(_:)`` that are running.
    private var handlersRunning = 0
    private(set) var isDraining = false
    /// The close code and reason for the shutdown; nil before the connection drains.
    private var farewell: ConnectionClosure?

    init(
        _ transport: Transport, of peer: PeerIdentity, on serverLoop: ServerLoop, service: Router.Service, hub: Hub,
        request: UpgradeRequest, codec: PacketCodec, answer: UpgradeAnswer
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
            transport, role: .server, room: room,
            limits: MessageLimits(
                maxMessage: configuration.limits.messageSize, maxFragments: configuration.limits.fragments),
            deflate: answer.deflate, closeTimeout: configuration.timeouts.close,
            heartbeat: configuration.timeouts.heartbeat)
        link.delegate = self
        connection = Connection(self, peer, request, answer, loop: transport.loop)
    }

    var log: ThrottledLog { serverLoop.log }
    var limits: ServerLimits { serverLoop.context.configuration.limits }

    /// Opens the connection, then starts reading.
    /// - Parameters:
    ///   - rest: The bytes received after the upgrade request, which are read first.
    ///   - begin: Called before anything is read.
    func open(_ rest: UnsafeMutableRawBufferPointer, _ begin: (ServerConnection) -> Void) {
        link.begin()
        begin(self)
        link.read(rest)
    }

    /// Registers the connection with the hub and runs `onConnect`. Messages wait until `onConnect` has returned.
    /// - Parameter admission: The result of authentication; nil if the path has none.
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

    /// Opens the connection after `onConnect` has returned.
    private func didOpen() {
        connection?.change(to: .open)
        seat?.receivesBroadcasts = true
    }

    func close(_ code: CloseCode, reason: String) {
        link.close(code, reason: reason)
    }

    /// Refuses new calls, and closes with 1001 after the calls in flight and the running handlers have ended.
    func beginGracefulShutdown() {
        isDraining = true
        farewell = serverLoop.farewell
        for stream in calls.streams.values { stop(stream, shuttingDown) }
        processWaiting()
        closeIfDrained()
        // Notifies the client at once. Otherwise its messages other than calls would be lost silently until its next
        // call.
        if hasSaidHello, link.isOpen { fail(.noCallID, shuttingDown) }
    }

    func closeIfDrained() {
        guard isDraining, callsInFlight == 0, outbound.replyCount == 0, handlersRunning == 0 else { return }
        endGracefulShutdown()
    }

    /// The error for calls and streams of a draining connection, with the same advice as its close frame.
    var shuttingDown: RPCError {
        guard case .after(let pause) = farewell?.advice else { return .shuttingDown(retryAfter: nil) }
        return .shuttingDown(retryAfter: pause)
    }

    /// Closes with 1001, even if calls or handlers are still running.
    func endGracefulShutdown() {
        let closure = farewell ?? serverLoop.farewell
        close(closure.code, reason: closure.reason)
    }

    /// Runs code of the handler on the loop. Further messages wait until it has returned.
    /// - Parameter label: Names the work for the watchdog; nil for the handler as a whole.
    func runHandler(
        as label: WorkLabel? = nil,
        _ body: nonisolated(nonsending) @escaping @Sendable (Connection) async throws -> Void
    ) {
        guard let connection else { return }
        handlerBegan()
        handlersRunning += 1
        let core = LoopBound(self, loop: serverLoop.loop)
        tasks.start(on: serverLoop.loop, as: label ?? service.label) { _ in
            do {
                try await body(connection)
                core.value.handlerReturned()
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

    /// Runs synchronous code of the handler.
    /// - Parameter label: Names the work for the watchdog; nil for the handler as a whole.
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
                refuseUnhandled(.callsOnly, service)
            }
            handlerReturned()
        case let closure as ConnectionClosure: close(closure.code, reason: closure.reason)
        default:
            _ = answer(for: error)
            close(.internalError, reason: "")
        }
    }
}
