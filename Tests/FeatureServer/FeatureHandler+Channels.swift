import Webshocket

extension FeatureHandler {
    private func subscribe(_ connection: Connection, channels: [String]) throws {
        try connection.subscribe(to: channels)
    }

    private func say(_ connection: Connection, channels: [String], text: String, exceptMe: Bool) throws {
        try connection.publish(text, to: channels, excluding: exceptMe ? [connection] : [])
    }

    /// Publishes a message of 1 KiB `count` times. Yields regularly, so that the event loops can deliver it.
    private func flood(_ connection: Connection, channel: String, count: Int) async throws {
        let text = String(repeating: "x", count: 1_024)
        for number in 0..<max(0, min(count, 100_000)) {
            try connection.publish(text, to: channel)
            if number % 100 == 0 { await Task.yield() }
        }
    }

    private func sayInRoom(_ connection: Connection, name: String, text: String, except ids: [UInt64]) throws {
        let room = connection.hub.room(name)
        try room.publish(text, excluding: room.members.filter { ids.contains($0.id) })
    }

    private func setTopic(_ connection: Connection, room: String, topic: String) {
        connection.hub.room(room)["topic"] = .string(topic)
    }

    @RPCMethodsBuilder var channelMethods: RPCMethods {
        RPCMethod("subscribe", subscribe)
        RPCMethod("unsubscribe") { (connection: Connection, channels: [String]) in
            connection.unsubscribe(from: channels)
        }
        RPCMethod("say", say)
        RPCMethod("broadcast") { (connection: Connection, text: String) in try connection.broadcast(text) }
        RPCMethod("flood", flood)
        RPCMethod("say_in_room", sayInRoom)
        RPCMethod("set_topic", setTopic)
        RPCMethod("topic") { (connection: Connection, room: String) in connection.hub.room(room)["topic"] }
        RPCMethod("leave_all") { (connection: Connection) in connection.leaveAllRooms() }
        RPCMethod("unsubscribe_all") { (connection: Connection) in connection.unsubscribeFromAll() }
    }

    private func aboutMe(_ connection: Connection) -> [String: WireValue] {
        [
            "id": .int(Int64(connection.id)), "userID": connection.userID.map { .string($0) } ?? .null,
            "rooms": .array(connection.rooms.sorted().map { .string($0) }),
            "connectedAt": Timestamp(connection.connectedAt).map { .timestamp($0) } ?? .null,
            "metadata": .map(connection.metadata.all),
            "subscriptions": .array(connection.subscriptions.sorted().map { .string($0) }),
        ]
    }

    private func bye(_ connection: Connection) {
        noteState(of: connection)
        connection.close()
        noteState(of: connection)
    }

    private func statistics(_ connection: Connection) -> [String: Int] {
        let statistics = connection.hub.statistics
        return [
            "connections": statistics.connections, "users": statistics.users, "rooms": statistics.rooms,
            "published": statistics.published, "delivered": statistics.delivered,
        ]
    }

    @RPCMethodsBuilder var connectionMethods: RPCMethods {
        RPCMethod("enter") { (connection: Connection, user: String) in connection.userID = user }
        RPCMethod("about_me", aboutMe)
        RPCMethod("set_metadata") { (connection: Connection, name: String, value: WireValue) in
            connection.metadata[name] = value
        }
        RPCMethod("bye", bye)
        RPCMethod("states_of") { [self] (_: Connection, id: UInt64) in
            memory.withLock { $0.states[id]?.map { "\($0)" } ?? [] }
        }
        RPCMethod("statistics", statistics)
        RPCMethod("rooms") { (connection: Connection) in connection.hub.rooms }
        RPCMethod("to_connection") { (connection: Connection, id: UInt64, text: String) in
            try connection.hub.send(text, toConnection: id)
        }
        RPCMethod("to_user") { (connection: Connection, user: String, text: String) in
            try connection.hub.send(text, toUser: user)
        }
    }
}
