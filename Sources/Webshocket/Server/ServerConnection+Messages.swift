import EventLoops

// Non-RPC messages that have a handler for their event or their kind.
extension ServerConnection {
    /// Runs an event's handler, or tells the peer what is wrong with the event's data.
    func hear(_ event: MessageTable.Event, _ packet: IncomingPacket) {
        do throws(RPCError) {
            hear(try event.reading(packet), as: event.label)
        } catch {
            fail(UnsafeRawBufferPointer.noCallID, error)
        }
    }

    /// Runs the handler of a message that is no packet, or tells the peer what is wrong with the message.
    /// - Parameter error: why it is no packet.
    /// - Returns: whether there is a handler for it.
    func hear(
        _ kind: MessageKind, _ bytes: UnsafeRawBufferPointer, _ error: PacketError, _ messages: MessageTable
    ) -> Bool {
        // What is no packet for another reason than its grammar may be JSON, or was not read yet.
        var mayBeJSON = false
        if case .notAPacket = error { mayBeJSON = kind == .text || codec == .json }
        switch messages.hearing(kind, bytes, mayBeJSON ? serverLoop.parser : nil) {
        case .run(let run): hear(run)
        case .refused(let error): fail(UnsafeRawBufferPointer.noCallID, error)
        case .unheard: return false
        }
        return true
    }

    /// Runs a handler whose errors the peer is told.
    func hear(_ run: HandlerBody.Run, as label: WorkLabel? = nil) {
        switch run {
        case .now(let body):
            callHandler(as: label) { [self] connection in
                do {
                    try body(connection)
                } catch let error as RPCError {
                    fail(UnsafeRawBufferPointer.noCallID, error)
                }
            }
        case .later(let body):
            let core = LoopBound(self, loop: serverLoop.loop)
            runHandler(as: label) { connection in
                do {
                    try await body(connection)
                } catch let error as RPCError {
                    core.value.fail(UnsafeRawBufferPointer.noCallID, error)
                }
            }
        }
    }

    /// Takes a message on a path without packets: a peer that sends what the path has no handler for is told by the
    /// close frame, for it can be told in no other way.
    func receive(_ kind: MessageKind, _ bytes: UnsafeRawBufferPointer, _ service: RawService) {
        guard kind == .binary || PeerText.hasShortRuns(bytes) else {
            return close(.invalidPayload, reason: "\(PacketError.runTooLong)")
        }
        guard admitsMessage(to: service) else { return }
        switch service.listener {
        case .everything(let body):
            let message = Message(kind, bytes)
            runHandler { connection in try await body(connection, message) }
        case .kinds(let messages):
            switch messages.hearing(kind, bytes, serverLoop.parser) {
            case .run(.now(let body)): callHandler(body)
            case .run(.later(let body)): runHandler(body)
            case .refused(let error): close(.invalidPayload, reason: error.message)
            case .unheard(let fault?): close(.invalidPayload, reason: "\(fault)")
            case .unheard(nil): close(.unsupportedData, reason: messages.taken)
            }
        }
    }
}
