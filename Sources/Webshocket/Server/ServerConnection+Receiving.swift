import Bytes
import EventLoops

extension ServerConnection: LinkDelegate {
    func link(_ link: WebSocketLink, didReceive kind: MessageKind, _ bytes: UnsafeRawBufferPointer) {
        switch service {
        case .packets(let service): receive(kind, bytes, service)
        case .messages(let body):
            let message = Message(kind, bytes)
            runHandler { connection in try await body(connection, message) }
        }
    }

    private func receive(
        _ kind: MessageKind, _ bytes: UnsafeRawBufferPointer, _ service: PacketService
    ) {
        do {
            guard kind == .binary || codec == .json else { throw PacketError.notAPacket(.packet) }
            try serverLoop.parser.read(bytes, as: codec) { root in
                let packet = try IncomingPacket(root)
                switch packet.body {
                case .request(let request):
                    guard callsInFlight < limits.callsInFlight || FrameworkMethod(request) != nil else {
                        return hold(Message(kind, bytes))
                    }
                    dispatch(request, service)
                case .response, .plain:
                    guard admitsPacket(to: service) else { return }
                    let packet = try packet.packet()
                    runHandler { connection in try await service.handler.onReceive(connection, packet: packet) }
                }
            }
        } catch {
            receiveUnparsed(Message(kind, bytes), error as? PacketError ?? .malformed, service)
        }
    }

    /// A message that is no packet is for `onReceive`; one past the caps of depth and elements is only refused.
    private func receiveUnparsed(_ message: Message, _ error: PacketError, _ service: PacketService) {
        guard admitsPacket(to: service) else { return }
        let refusal = RPCError("\(error)", code: .notAPacket)
        guard !error.isPastLimit else { return fail(UnsafeRawBufferPointer.noCallID, refusal) }
        let packet = message.packet
        let core = LoopBound(self, loop: serverLoop.loop)
        runHandler { connection in
            do {
                try await service.handler.onReceive(connection, packet: packet)
            } catch is NobodyListens {
                core.value.fail(UnsafeRawBufferPointer.noCallID, refusal)
            }
        }
    }

    func linkDidClose(_ link: WebSocketLink, _ closure: ConnectionClosure) {
        endCalls()
        serverLoop.remove(self)
        guard let connection else { return }
        self.connection = nil
        let census = serverLoop.context.census
        let address = connection.remoteAddress
        switch service {
        case .messages:
            connection.endSession()
            census.leave(address)
        case .packets(let service):
            serverLoop.farewells.start(on: serverLoop.loop) { _ in
                await service.handler.onDisconnect(connection, closure: closure)
                connection.endSession()
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
