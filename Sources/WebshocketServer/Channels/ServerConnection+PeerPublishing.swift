// Publications of peers. They are delivered to the other subscribers, or passed to the handler that the channel's rule
// declares for the event.
extension ServerConnection {
    /// Returns whether a packet is a publication, and the handler has channel rules.
    func isPublication(_ packet: IncomingPacket, _ service: PacketService) -> Bool {
        packet.source == .channel && packet.channel != nil && !service.rules.isEmpty
    }

    /// Handles a publication that needs no response. The peer receives an error if it is refused.
    func receivePublication(_ packet: Packet) {
        do throws(CallRefusal) {
            if let handling = try publish(packet) { handle(handling) }
        } catch {
            switch error {
            case .answer(let error): fail(.noCallID, error)
            case .disconnect: closeForRateLimit()
            }
        }
    }

    /// Delivers a peer's publication to the other subscribers, unless the channel's rule has a handler for the event.
    /// - Returns: The handler's call, if there is one; the caller must run it.
    func publish(_ packet: Packet) throws(CallRefusal) -> HandlerBody.Run? {
        guard let connection, let channel = packet.channel else { return nil }
        let rule: RegisteredRule
        do throws(RPCError) {
            try hub.check(event: packet.event)
            rule = try hub.rule(forPeer: connection, channel)
        } catch {
            throw .answer(error)
        }
        let handler = packet.event.flatMap(rule.handler)
        if handler == nil {
            guard let publishing = rule.publishing, satisfies(publishing) else {
                throw .answer(.noAccess(to: channel))
            }
        }
        if let limits = rule.limits { try charge(limits, for: " for channel '\(channel.shownToCallers)'") }
        do {
            if let handler { return try handler.reading(packet, "data of event '\(packet.event ?? "")'") }
            try hub.publish(
                packet.data ?? .null, to: [channel], event: packet.event, excluding: [connection])
            return nil
        } catch let error as RPCError {
            throw .answer(error)
        } catch {
            let message = "the data cannot be sent to every subscriber: \(error)"
            throw .answer(RPCError(message, code: .invalidParameters))
        }
    }
}

extension ServerConnection {
    /// Charges the limits for a peer that joins a room.
    func chargePeer(for room: String) throws {
        guard let connection else { return }
        try charge(peer: hub.rule(forPeer: connection, room).joinLimits, for: room)
    }

    /// Charges limits for a peer's request about a room.
    func charge(peer limits: LimitPlan?, for room: String) throws(RPCError) {
        guard let limits else { return }
        try answering { () throws(CallRefusal) in try charge(limits, for: " for channel '\(room.shownToCallers)'") }
    }

    /// Runs a step of a call that may be refused. An error for the caller is thrown. If the connection must be closed,
    /// it is closed, and ``RPCError/rateLimited`` is thrown.
    func answering<R>(_ body: () throws(CallRefusal) -> R) throws(RPCError) -> R {
        do throws(CallRefusal) {
            return try body()
        } catch {
            switch error {
            case .answer(let error): throw error
            case .disconnect:
                closeForRateLimit()
                throw .rateLimited
            }
        }
    }
}

extension RPCError {
    /// The error of a call that closes its connection because of a rate limit.
    static let rateLimited = RPCError("Rate limit exceeded.", code: .rateLimited)
}

extension HandlerBody.Run {
    /// Runs the handler on the connection's loop.
    nonisolated(nonsending) func run(_ connection: Connection) async throws {
        switch self {
        case .now(let body): try body(connection)
        case .later(let body): try await body(connection)
        }
    }
}
