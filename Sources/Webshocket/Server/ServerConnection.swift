import Bytes
import EventLoops

/// What the loop knows of one peer: its link, its codec, its handler, and the calls in flight.
///
/// Confined to the loop; the ``Connection`` that handlers hold is its face for everyone else.
final class ServerConnection {
    let codec: Codec
    let service: Router.Service
    let tasks = TaskBag()
    private let serverLoop: ServerLoop
    private let replyKind: MessageKind
    let link: WebSocketLink
    /// The face; nil when the connection has ended, so that the two do not keep each other alive.
    private(set) var connection: Connection?
    private var callsInFlight = 0
    /// The tasks of the calls in flight, by the ids that their caller gave them: what `__abort__` looks up.
    var calls: [[UInt8]: UInt64] = [:]
    private var callsMade: UInt64 = 0
    private var isDraining = false

    init(
        _ socket: Socket, on serverLoop: ServerLoop, service: Router.Service, request: UpgradeRequest, codec: Codec,
        deflate: DeflateParameters?
    ) {
        self.serverLoop = serverLoop
        self.service = service
        self.codec = codec
        let configuration = serverLoop.context.configuration
        replyKind = codec == .json && configuration.jsonFrames == .text ? .text : .binary
        link = WebSocketLink(
            socket, role: .server,
            limits: MessageLimits(
                maxMessage: configuration.limits.messageSize, maxFragments: configuration.limits.fragments),
            deflate: deflate, closeTimeout: configuration.timeouts.close)
        link.delegate = self
        connection = Connection(self, request: request, socket: socket)
    }

    var log: Log { serverLoop.log }
    var limits: Limits { serverLoop.context.configuration.limits }
    var isOpen: Bool { link.isOpen }

    /// Runs `onConnect`, then reads: first what came behind the upgrade request.
    func open(_ rest: UnsafeMutableRawBufferPointer) {
        link.socket.delegate = link
        switch service {
        case .messages: break
        case .packets(let handler, _):
            runHandler { connection in try await handler.onConnect(connection) }
        }
        link.read(rest)
    }

    func close(_ code: CloseCode, reason: String) {
        link.close(code, reason: reason)
    }

    /// Reads no more calls, and closes with 1001 when those in flight have ended.
    func beginGracefulShutdown() {
        isDraining = true
        link.pause(.draining)
        closeIfDrained()
    }

    private func closeIfDrained() {
        if isDraining, callsInFlight == 0 { close(.goingAway, reason: "Server is shutting down") }
    }

    /// Runs code of the handler's on the loop, and reads no further message until it has returned.
    func runHandler(_ body: nonisolated(nonsending) @escaping @Sendable (Connection) async throws -> Void) {
        guard let connection else { return }
        link.pause(.handler)
        let core = LoopBound(self, loop: serverLoop.loop)
        tasks.start(on: serverLoop.loop) {
            do {
                try await body(connection)
                core.value.link.resume(.handler)
            } catch {
                core.value.handlerFailed(error)
            }
        }
    }

    private func handlerFailed(_ error: any Error) {
        switch error {
        case is NobodyListens:
            fail(
                UnsafeRawBufferPointer.noCallID, RPCError("Nobody listens here for what is no call.", code: .notAPacket)
            )
            link.resume(.handler)
        case let closure as ConnectionClosure: close(closure.code, reason: closure.reason)
        default:
            _ = answer(for: error)
            close(.internalError, reason: "")
        }
    }
}

// MARK: - Calls

extension ServerConnection {
    func beginCall() {
        callsInFlight += 1
        if callsInFlight >= limits.callsInFlight { link.pause(.callsInFlight) }
    }

    func endCall<Result>(
        _ callID: [UInt8], _ outcome: Swift.Result<Result, any Error>, using encoding: WireEncoding<Result>
    ) {
        callsInFlight -= 1
        calls[callID] = nil
        callID.withUnsafeBytes { callID in
            switch outcome {
            case .success(let result): reply(to: callID, result, using: encoding)
            case .failure(let error): fail(callID, answer(for: error))
            }
        }
        if callsInFlight < limits.callsInFlight { link.resume(.callsInFlight) }
        closeIfDrained()
    }

    func reply<Result>(to callID: UnsafeRawBufferPointer, _ result: Result, using encoding: WireEncoding<Result>) {
        do {
            if encoding.isDirect {
                try sendReply { buffer in
                    try codec.writeResponse(callID: callID, result, using: encoding, into: &buffer)
                }
            } else {
                // On its own: encoding runs the result's code, which may send on this connection too.
                var response = ByteBuffer()
                try codec.writeResponse(callID: callID, result, using: encoding, into: &response)
                try sendReply { buffer in response.withBytes { buffer.append(contentsOf: $0) } }
            }
        } catch {
            fail(callID, answer(for: error))
        }
    }

    private func sendReply(_ encode: (inout ByteBuffer) throws -> Void) throws {
        let limit = limits.replySize
        try link.send(replyKind) { buffer in
            let start = buffer.count
            try encode(&buffer)
            if buffer.count - start > limit { throw RPCError.replyTooLarge(buffer.count - start, limit: limit) }
        }
    }

    func fail(_ callID: UnsafeRawBufferPointer, _ error: RPCError) {
        link.send(replyKind) { buffer in
            codec.writeErrorResponse(callID: callID, code: error.code, message: error.message, into: &buffer)
        }
    }

    /// What the caller is told of an error: the whole of an ``RPCError``, and of any other only where to look it up.
    func answer(for error: any Error) -> RPCError {
        if let error = error as? RPCError { return error }
        if error is CancellationError { return RPCError("The call was cancelled.", code: .cancelled) }
        let id = String(UInt32.random(in: .min ... .max), radix: 16)
        log(.error, "error \(id): \(error)")
        return RPCError("Internal error (\(id))", code: .internalError)
    }

    func makeCallID() -> String {
        callsMade += 1
        return String(callsMade)
    }

    /// Sends a message that is no reply; a peer that has let too many bytes gather is disconnected instead.
    /// - Parameter kind: nil for what this connection's packets are sent in.
    func push(_ kind: MessageKind?, _ bytes: [UInt8]) {
        guard link.socket.queuedBytes <= limits.outboundQueue else {
            return close(.tryAgainLater, reason: "Slow consumer")
        }
        link.send(kind ?? replyKind) { $0.append(contentsOf: bytes) }
    }
}

// MARK: - Receiving

extension ServerConnection: LinkDelegate {
    func link(_ link: WebSocketLink, didReceive kind: MessageKind, _ bytes: UnsafeRawBufferPointer) {
        switch service {
        case .packets(let handler, let methods): receive(kind, bytes, handler, methods)
        case .messages(let body):
            let message = Message(kind, bytes)
            runHandler { connection in try await body(connection, message) }
        }
    }

    private func receive(
        _ kind: MessageKind, _ bytes: UnsafeRawBufferPointer, _ handler: any WebSocketHandler, _ methods: MethodTable
    ) {
        do {
            guard kind == .binary || codec == .json else { throw PacketError.notAPacket(.packet) }
            try serverLoop.parser.read(bytes, as: codec) { root in
                let packet = try IncomingPacket(root)
                switch packet.body {
                case .request(let request): call(request, methods)
                case .response, .plain:
                    let packet = try packet.packet()
                    runHandler { connection in try await handler.onReceive(connection, packet: packet) }
                }
            }
        } catch {
            receiveUnparsed(Message(kind, bytes), error as? PacketError ?? .malformed, handler)
        }
    }

    private func call(_ request: IncomingRequest, _ methods: MethodTable) {
        guard let connection else { return }
        let call = IncomingCall(connection: connection, core: self, request: request)
        guard let method = methods.method(named: request.method) else {
            if request.isAbort { return abort(request) }
            let name = String(decoding: request.method, as: UTF8.self)
            return call.fail(RPCError("RPC method '\(name)' not found.", code: .methodNotFound))
        }
        method.invoke(call)
    }

    /// Cancels the call that the first argument names (Protocol.md, "Cancellation"); there is no answer.
    private func abort(_ request: IncomingRequest) {
        guard var arguments = request.arguments?.elements, let callID = arguments.next()?.text else { return }
        if let task = calls[[UInt8](callID)] { tasks.cancel(task) }
    }

    /// A message that is no packet is for `onReceive`; one past the caps of depth and elements is only refused.
    private func receiveUnparsed(_ message: Message, _ error: PacketError, _ handler: any WebSocketHandler) {
        let refusal = RPCError("\(error)", code: .notAPacket)
        guard !error.isPastLimit else { return fail(UnsafeRawBufferPointer.noCallID, refusal) }
        let packet = message.packet
        let core = LoopBound(self, loop: serverLoop.loop)
        runHandler { connection in
            do {
                try await handler.onReceive(connection, packet: packet)
            } catch is NobodyListens {
                core.value.fail(UnsafeRawBufferPointer.noCallID, refusal)
            }
        }
    }

    func linkDidDrain(_ link: WebSocketLink) {}

    func linkDidClose(_ link: WebSocketLink, _ closure: ConnectionClosure) {
        tasks.cancelAll()
        serverLoop.remove(self)
        guard let connection else { return }
        self.connection = nil
        let census = serverLoop.context.census
        let address = connection.remoteAddress
        switch service {
        case .messages: census.leave(address)
        case .packets(let handler, _):
            TaskBag().start(on: serverLoop.loop) {
                await handler.onDisconnect(connection, closure: closure)
                census.leave(address)
            }
        }
    }
}

extension PacketError {
    /// Whether the message broke a cap, so that it is not to be handed on as data.
    fileprivate var isPastLimit: Bool {
        switch self {
        case .tooDeep, .tooManyElements, .outOfMemory: true
        case .malformed, .truncated, .invalidUTF8, .invalidKey, .notAPacket: false
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The id of an answer to what carried none.
    static var noCallID: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }
}

extension IncomingRequest {
    fileprivate var isAbort: Bool { method.elementsEqual("__abort__".utf8) }
}

extension RPCError {
    static func replyTooLarge(_ size: Int, limit: Int) -> RPCError {
        RPCError("the reply has \(size) bytes; the server sends \(limit) at most", code: .replyTooLarge)
    }
}
