/// The methods for peers of every handler with channel rules (Protocol.md, "Channels" and "Rooms").
enum ChannelMethods {
    static var all: RPCMethods {
        RPCMethods {
            NameList.method(ProtocolMethod.subscribe.name, "channels", isOptional: false) { connection, channels in
                try connection.hub.subscribe(connection, to: channels ?? [], isPeer: true)
            }
            NameList.method(ProtocolMethod.unsubscribe.name, "channels", isOptional: true) { connection, channels in
                if let channels { connection.unsubscribe(from: channels) } else { connection.unsubscribeFromAll() }
            }
            RPCMethod(ProtocolMethod.publish.name, publish, parameters: "channel", "data", "event")
            RPCMethod(ProtocolMethod.join.name, join, parameters: "room")
            NameList.method(ProtocolMethod.leave.name, "rooms", isOptional: true) { connection, rooms in
                for room in rooms ?? connection.roomNames { connection.hub.leave(connection, room, isPeer: true) }
            }
            RPCMethod(ProtocolMethod.members.name, members, parameters: "room")
        }
    }

    nonisolated(nonsending) private static func publish(
        _ connection: Connection, channel: String, data: WireValue, event: String?
    ) async throws -> Bool {
        let packet = Packet(source: .channel, data: data, channel: channel, event: event)
        let core = connection.core.value
        let handling = try core.answering { () throws(CallRefusal) in try core.publish(packet) }
        do {
            try await handling?.run(connection)
        } catch let closure as ConnectionClosure {
            connection.close(closure.code, reason: closure.reason)
            throw CancellationError()
        }
        return true
    }

    /// - Returns: The members, including the caller; nil if the room's rule does not announce members.
    private static func join(_ connection: Connection, room: String) throws -> [RoomMember]? {
        try connection.core.value.chargePeer(for: room)
        _ = try connection.hub.join(connection, room, isPeer: true)
        guard connection.hub.rules.rule(forChannel: room)?.announcesMembers == true else { return nil }
        return try connection.hub.listMembers(of: room, for: connection)
    }

    private static func members(_ connection: Connection, room: String) throws -> [RoomMember] {
        let rule = try connection.hub.rule(forPeer: connection, room)
        guard rule.announcesMembers, connection.hub.room(room).contains(connection) else {
            throw RPCError.noAccess(to: room)
        }
        try connection.core.value.charge(peer: rule.announcementLimits, for: room)
        return try connection.hub.listMembers(of: room, for: connection)
    }
}

extension Hub {
    /// - Returns: The members, with the caller's own entry marked.
    /// - Throws: Access denied if another thread of the server has removed the caller in the meantime.
    fileprivate func listMembers(of room: String, for caller: Connection) throws -> [RoomMember] {
        let members = self.room(room).members.map { RoomMember($0, isYou: $0 === caller) }
        guard members.contains(where: \.isYou) else { throw RPCError.noAccess(to: room) }
        return members
    }
}
