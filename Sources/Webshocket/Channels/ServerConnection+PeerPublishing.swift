// What a peer publishes: passed on to the others, or heard by what the channel's rule has for the event.
extension ServerConnection {
    /// Whether a packet is one that its peer wants published, and the handler has rules for that.
    func isPublication(_ packet: IncomingPacket, _ service: PacketService) -> Bool {
        packet.source == .channel && packet.channel != nil && !service.rules.isEmpty
    }

    /// Takes a packet that its peer wants published; the peer is told only of a refusal.
    func hearPublication(_ packet: Packet) {
        do throws(CallRefusal) {
            if let handling = try publish(packet) { hear(handling) }
        } catch {
            switch error {
            case .answer(let error): fail(.noCallID, error)
            case .disconnect: closeForRateLimit()
            }
        }
    }

    /// Passes on to the others what a peer publishes.
    /// - Returns: what is to be run instead, where the channel's rule hears the event.
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
    /// Charges the limits of a room's rule for a peer that joins, of which others may be told.
    func chargePeer(for room: String) throws {
        guard let connection else { return }
        try charge(peer: hub.rule(forPeer: connection, room).joinLimits, for: room)
    }

    /// Charges the limits of a peer's request to a room.
    func charge(peer limits: LimitPlan?, for room: String) throws(RPCError) {
        guard let limits else { return }
        try answering { () throws(CallRefusal) in try charge(limits, for: " for channel '\(room.shownToCallers)'") }
    }

    /// Does for a call what may be refused: the caller's answer is thrown, and a connection that is to be closed is
    /// closed.
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
    /// Of a call whose connection is closed for it.
    static let rateLimited = RPCError("Rate limit exceeded.", code: .rateLimited)
}

extension HandlerBody.Run {
    /// Runs it on the connection's loop.
    nonisolated(nonsending) func run(_ connection: Connection) async throws {
        switch self {
        case .now(let body): try body(connection)
        case .later(let body): try await body(connection)
        }
    }
}
