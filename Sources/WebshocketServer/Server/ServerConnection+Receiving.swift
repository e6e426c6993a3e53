import Bytes
import EventLoops

extension ServerConnection: LinkDelegate {
    func link(_ link: WebSocketLink, didReceive kind: MessageKind, _ bytes: UnsafeRawBufferPointer) {
        guard !closesIfExpired() else { return }
        messageBytes = bytes.count
        switch service {
        case .packets(let service): receive(kind, bytes, service)
        // While the connection drains, handlers that run may finish, but no new ones start.
        case .messages(let service): if !isDraining { receive(kind, bytes, service) }
        }
        if hub.directory.isBehind { waitForHub() }
    }

    /// Pauses reading until the loops have delivered earlier publications. Otherwise a peer could publish faster than
    /// the loops deliver.
    private func waitForHub() {
        link.pause(.hub)
        let here = LoopBound(self, loop: serverLoop.loop)
        hub.directory.whenCaughtUp { here.loop.execute { here.value.resume(.hub) } }
    }

    private func receive(
        _ kind: MessageKind, _ bytes: UnsafeRawBufferPointer, _ service: PacketService
    ) {
        do {
            guard kind == .binary || codec == .json else { throw PacketError.notAPacket(.packet) }
            try serverLoop.parser.read(bytes, as: codec) { root in
                let packet = try IncomingPacket(root)
                messageBytes = bytes.count + 64 * serverLoop.parser.tokenCount
                switch packet.body {
                case .request(let request):
                    if hasLongCallID(request) {
                        guard isDraining || !mustWait else { return wait(kind, bytes) }
                        return refuseCallID(
                            ofBytes: request.callID?.count ?? 0, isNotification: request.isNotification)
                    }
                    if isDraining, FrameworkMethod(request) == nil {
                        return refuse(request, service, shuttingDown)
                    }
                    guard hasRoomForCalls, !mustWait else { return processLater(request, kind, bytes, service) }
                    dispatch(request, service)
                case .response, .plain:
                    guard !isDraining else { return }
                    guard !mustWait else { return wait(kind, bytes) }
                    guard admitsPacket(to: service) else { return }
                    if let event = service.messages?.event(of: packet) { return handle(event, packet) }
                    if isPublication(packet, service) { return receivePublication(try packet.packet()) }
                    guard service.mayReceive else { return refuseUnhandled(.callsOnly, service) }
                    let packet = try packet.packet()
                    runHandler { connection in try await service.handler.onReceive(connection, packet: packet) }
                }
            }
        } catch {
            receiveUnparsed(kind, bytes, error as? PacketError ?? .malformed, service)
        }
    }

    /// Passes a message that is not a packet to the handler of its kind, or else to `onReceive`. A message that exceeds
    /// a limit is always refused, and so is a request.
    private func receiveUnparsed(
        _ kind: MessageKind, _ bytes: UnsafeRawBufferPointer, _ error: PacketError, _ service: PacketService
    ) {
        let request = refusedRequest(kind, bytes)
        guard isDraining || !mustWait else { return wait(kind, bytes) }
        if let request, !error.isOfPacket { return refuse(request, service, error) }
        guard !isDraining else { return }
        guard admitsPacket(to: service, as: request) else { return }
        let refusal = RPCError("\(error)", code: .notAPacket)
        guard !error.isPastLimit else { return refuseUnhandled(refusal, service) }
        guard kind == .binary || PeerText.hasShortRuns(bytes) else {
            return refuseUnhandled(RPCError("\(PacketError.runTooLong)", code: .notAPacket), service)
        }
        if let messages = service.messages, handle(kind, bytes, error, messages) { return }
        guard service.mayReceive else { return refuseUnhandled(refusal, service, as: request) }
        let packet = WebSocketMessage(kind, bytes).packet
        let core = LoopBound(self, loop: serverLoop.loop)
        runHandler { connection in
            do {
                try await service.handler.onReceive(connection, packet: packet)
            } catch let absence as NoReceiver {
                service.note(absence)
                core.value.refuseUnhandled(refusal, service, as: request)
            }
        }
    }

    func linkDidClose(_ link: WebSocketLink, _ closure: ConnectionClosure) {
        connection?.change(to: .closed)
        authentication?.end()
        endCalls()
        serverLoop.remove(self)
        let left = leaveHub()
        guard let connection else { return }
        self.connection = nil
        let counter = serverLoop.context.counter
        let address = connection.remoteAddress
        switch service {
        case .messages(let service):
            serverLoop.farewells.start(on: serverLoop.loop, as: service.label) { _ in
                await service.onDisconnect?(connection, closure)
                connection.endSession()
                counter.leave(address)
            }
        case .packets(let service):
            let notifier = LoopBound(membershipTeller, loop: serverLoop.loop)
            serverLoop.farewells.start(on: serverLoop.loop, as: service.label) { _ in
                await notifier.value?.settle()
                for room in left { await service.handler.roomLeft(connection, room) }
                await service.handler.connectionEnded(connection, closure)
                connection.endSession()
                counter.leave(address)
            }
        }
    }
}
