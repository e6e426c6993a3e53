/// What peers ask of the hub (Protocol.md, "Channels" and "Rooms"): the methods that every handler with channel rules
/// has.
enum ChannelMethods {
    static var all: RPCMethods {
        RPCMethods {
            RPCMethod("__subscribe__", subscribe, parameters: "channels")
            RPCMethod("__unsubscribe__", unsubscribe, parameters: Parameter("channels", default: nil))
            RPCMethod("__publish__", publish, parameters: "channel", "data", "event")
            RPCMethod("__join__", join, parameters: "room")
            RPCMethod("__leave__", leave, parameters: Parameter("rooms", default: nil))
            RPCMethod("__members__", members, parameters: "room")
        }
    }

    private static func subscribe(_ connection: Connection, channels: Names) throws -> Bool {
        try connection.hub.subscribe(connection, to: channels.names, isPeer: true)
        return true
    }

    /// From all without names.
    private static func unsubscribe(_ connection: Connection, channels: Names?) -> Bool {
        if let channels { connection.unsubscribe(from: channels.names) } else { connection.unsubscribeFromAll() }
        return true
    }

    nonisolated(nonsending) private static func publish(
        _ connection: Connection, channel: String, data: Value, event: String?
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

    /// - Returns: who is there, this one included, where the room's rule lets that be known.
    private static func join(_ connection: Connection, room: String) throws -> [RoomMember]? {
        try connection.core.value.chargePeer(for: room)
        _ = try connection.hub.join(connection, room, isPeer: true)
        return connection.hub.rules.rule(forChannel: room)?.announcesMembers == true
            ? connection.hub.listMembers(of: room) : nil
    }

    /// All without names.
    private static func leave(_ connection: Connection, rooms: Names?) -> Bool {
        guard let rooms else {
            for room in connection.rooms.sorted() { connection.hub.leave(connection, room, isPeer: true) }
            return true
        }
        for room in rooms.names { connection.hub.leave(connection, room, isPeer: true) }
        return true
    }

    private static func members(_ connection: Connection, room: String) throws -> [RoomMember] {
        let rule = try connection.hub.rule(forPeer: connection, room)
        guard rule.announcesMembers, connection.hub.room(room).contains(connection) else {
            throw RPCError.noAccess(to: room)
        }
        return connection.hub.listMembers(of: room)
    }
}

/// One name, or a list of them.
private struct Names: Decodable, Sendable {
    let names: [String]

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let name = try? container.decode(String.self) {
            names = [name]
        } else {
            names = try container.decode([String].self)
        }
    }
}

extension Hub {
    fileprivate func listMembers(of room: String) -> [RoomMember] {
        self.room(room).members.map(RoomMember.init)
    }
}
