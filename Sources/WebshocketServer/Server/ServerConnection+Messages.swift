import EventLoops

// Non-RPC messages that have a handler for their event or their kind.
extension ServerConnection {
    /// Runs an event's handler, or sends the peer an error if the event's data is invalid.
    func handle(_ event: MessageTable.Event, _ packet: IncomingPacket) {
        do throws(RPCError) {
            handle(try event.reading(packet), as: event.label)
        } catch {
            fail(UnsafeRawBufferPointer.noCallID, error)
        }
    }

    /// Runs the handler of a message that is not a packet, or sends the peer an error if the message is invalid.
    /// - Parameter error: The reason why the message is not a packet.
    /// - Returns: Whether there is a handler for the message.
    func handle(
        _ kind: MessageKind, _ bytes: UnsafeRawBufferPointer, _ error: PacketError, _ messages: MessageTable
    ) -> Bool {
        // A message that failed for a reason other than its syntax may still be JSON. A text message on a MessagePack
        // connection has not been parsed at all yet.
        var mayBeJSON = false
        if case .notAPacket = error { mayBeJSON = kind == .text || codec == .json }
        switch messages.handling(kind, bytes, mayBeJSON ? serverLoop.parser : nil) {
        case .run(let run): handle(run)
        case .refused(let error): fail(UnsafeRawBufferPointer.noCallID, error)
        case .unhandled: return false
        }
        return true
    }

    /// Runs a handler and sends the peer each `RPCError` that the handler throws.
    func handle(_ run: HandlerBody.Run, as label: WorkLabel? = nil) {
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

    /// Handles a message on a path for raw messages. If the path has no handler for the message, the connection is
    /// closed. A close frame is the only way to report an error on such a path.
    func receive(_ kind: MessageKind, _ bytes: UnsafeRawBufferPointer, _ service: RawService) {
        guard kind == .binary || PeerText.hasShortRuns(bytes) else {
            return close(.invalidPayload, reason: "\(PacketError.runTooLong)")
        }
        guard admitsMessage(to: service) else { return }
        switch service.listener {
        case .everything(let body):
            let message = WebSocketMessage(kind, bytes)
            runHandler { connection in try await body(connection, message) }
        case .kinds(let messages):
            switch messages.handling(kind, bytes, serverLoop.parser) {
            case .run(.now(let body)): callHandler(body)
            case .run(.later(let body)): runHandler(body)
            case .refused(let error): close(.invalidPayload, reason: error.message)
            case .unhandled(let fault?): close(.invalidPayload, reason: "\(fault)")
            case .unhandled(nil): close(.unsupportedData, reason: messages.taken)
            }
        }
    }
}
