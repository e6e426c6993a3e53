import Testing
import Webshocket

@Suite("Rooms", .timeLimit(.minutes(5)))
struct RoomTests {
    /// Connects a client for each name, and passes the clients and their connections.
    private func withMembers(
        _ names: [String], _ handler: ChannelHandler, _ codec: PacketCodec = .messagePack,
        _ body: (Hub, [WebSocketClient], [Connection]) async throws -> Void
    ) async throws {
        try await withServer(handler) { server in
            try await withClients(names.count, server.url, codec) { clients in
                var connections: [Connection] = []
                for (client, name) in zip(clients, names) {
                    connections.append(try await client.connection(on: server.hub))
                    connections.last?.userID = name
                }
                try await body(server.hub, clients, connections)
            }
        }
    }

    @Test("members are listed in the order of their joins", arguments: PacketCodec.codecs)
    func members(codec: PacketCodec) async throws {
        try await withMembers(["ann", "bob", "cid"], ChannelHandler(), codec) { hub, clients, all in
            let lobby = hub.room("lobby")
            #expect(lobby.members.isEmpty && lobby.memberCount == 0 && lobby.statistics == nil)
            for number in [1, 2, 0] { try await clients[number].expect(true, from: "enter", "lobby") }
            try await clients[1].expect(false, from: "enter", "lobby")
            #expect(lobby.members.map(\.id) == [all[1].id, all[2].id, all[0].id])
            #expect(lobby.memberCount == 3 && all.allSatisfy { lobby.contains($0) })
            try await clients[1].expect(true, from: "enter", "den")
            #expect(hub.rooms == ["lobby": 3, "den": 1] && all[1].rooms == ["lobby", "den"])
            #expect(hub.channels == [:] && hub.statistics.rooms == 2)
            try await clients[1].expect(true, from: "exit", "lobby")
            try await clients[1].expect(false, from: "exit", "lobby")
            try await clients[1].expect(true, from: "enter", "lobby")
            #expect(lobby.members.map(\.id) == [all[2].id, all[0].id, all[1].id])
            try await clients[1].expect(.null, from: "exitAll")
            #expect(hub.rooms == ["lobby": 2] && all[1].rooms == [])
            try await clients[1].expect(.null, from: "exitAll")
            #expect(!lobby.contains(all[1]))
        }
    }

    @Test("a publication to a room is delivered to its members only", arguments: PacketCodec.codecs)
    func publishing(codec: PacketCodec) async throws {
        try await withMembers(["ann", "bob", "cid", "dan"], ChannelHandler(), codec) { hub, clients, all in
            for number in 0..<3 { try await clients[number].expect(true, from: "enter", "lobby") }
            let lobby = hub.room("lobby")
            try lobby.publish(1, event: "one")
            try lobby.publish(2, excluding: all[0], all[2])
            try lobby.publish(3, where: IsGreater("userID", "ann"), excluding: all[1])
            try hub.publish(4, to: "lobby", "lobby")
            try hub.channel("lobby").publish(5)
            all[1].leave("lobby")
            try lobby.publish(6)
            try hub.end()
            #expect(
                try await clients[0].packetsUpToEnd() == [
                    Packet(source: .channel, data: 1, channel: "lobby", event: "one"),
                    Packet(source: .channel, data: 4, channel: "lobby"),
                    Packet(source: .channel, data: 5, channel: "lobby"),
                    Packet(source: .channel, data: 6, channel: "lobby"),
                ])
            #expect(try await clients[1].dataUpToEnd() == [1, 2, 4, 5])
            #expect(try await clients[2].dataUpToEnd() == [1, 3, 4, 5, 6])
            #expect(try await clients[3].dataUpToEnd() == [])
            #expect(lobby.statistics?.members == 2 && lobby.statistics?.subscribers == 0)
            #expect(lobby.statistics?.delivered == 13)
        }
    }

    @Test("a membership and a subscription of the same name are independent, and deliver one copy of each message")
    func both() async throws {
        try await withMembers(["ann", "bob"], ChannelHandler()) { hub, clients, all in
            for connection in all {
                try connection.subscribe(to: "lobby", "*")
                try connection.join("lobby")
            }
            // After these responses, the loops have processed the changes.
            for client in clients { try await client.expect(error: nil, from: "nothing") }
            #expect(hub.channels == ["lobby": 2, "*": 2] && hub.rooms == ["lobby": 2])
            try hub.publish(1, to: "lobby")
            all[0].leave("lobby")
            all[1].unsubscribe(from: "lobby")
            all[1].unsubscribe(from: "*")
            try hub.publish(2, to: "lobby")
            #expect(all[0].subscriptions == ["lobby", "*"] && all[1].rooms == ["lobby"])
            for client in clients { try await client.expect(error: nil, from: "nothing") }
            all[0].unsubscribeFromAll()
            all[1].leaveAllRooms()
            try hub.publish(3, to: "lobby")
            try hub.end()
            for client in clients { #expect(try await client.dataUpToEnd() == [1, 2]) }
            #expect(hub.channels == [:] && hub.rooms == [:] && hub.room("lobby").statistics == nil)
        }
    }

    @Test("metadata exists while the room has members")
    func metadata() async throws {
        try await withMembers(["ann", "bob"], ChannelHandler()) { hub, _, all in
            let lobby = hub.room("lobby")
            lobby["topic"] = "ignored"
            #expect(lobby["topic"] == nil && lobby.metadata == [:])
            for connection in all { try connection.join("lobby") }
            lobby["topic"] = "tea"
            hub.room("lobby")["seats"] = 4
            lobby["none"] = nil
            #expect(lobby["topic"] == "tea" && lobby.metadata == ["topic": "tea", "seats": 4])
            lobby["seats"] = nil
            all[0].leave("lobby")
            #expect(lobby.metadata == ["topic": "tea"])
            try all[0].subscribe(to: "lobby")
            all[1].leave("lobby")
            #expect(lobby.metadata == [:])
            try all[1].join("lobby")
            #expect(lobby["topic"] == nil)
        }
    }

    @Test("the handler's callbacks report each join and leave once, in order", arguments: [true, false])
    func handlers(isClosedByPeer: Bool) async throws {
        let handler = ChannelHandler()
        try await withMembers(["ann", "bob"], handler) { hub, clients, all in
            try await clients[0].expect(true, from: "enter", "lobby")
            try await clients[0].expect(false, from: "enter", "lobby")
            try await clients[1].expect(true, from: "enter", "lobby")
            try await clients[1].expect(true, from: "enter", "den")
            try await clients[0].expect(true, from: "exit", "lobby")
            try await clients[0].expect(false, from: "exit", "lobby")
            #expect(
                handler.history.values == [
                    "ann joined lobby, 1 there", "bob joined lobby, 2 there", "bob joined den, 1 there",
                    "ann left lobby, 1 there",
                ])
            if isClosedByPeer { await clients[1].close() } else { all[1].close() }
            await handler.history.wait { $0.last == "bob gone" }
            #expect(
                handler.history.values.suffix(3) == [
                    "bob left den, 0 there", "bob left lobby, 0 there", "bob gone",
                ])
            #expect(hub.rooms == [:])
        }
        #expect(handler.history.values.filter { $0.hasPrefix("ann") }.last == "ann gone")
        #expect(handler.history.values.count == 8)
    }

    @Test("onJoin is called before a join is answered, and onLeave before a leave is")
    func answers() async throws {
        let handler = ChannelHandler { ChannelRule("lobby").announcesMembers() }
        try await withMembers(["ann"], handler) { _, clients, _ in
            try await clients[0].join("lobby")
            #expect(handler.history.values == ["ann joined lobby, 1 there"])
            try await clients[0].leave("lobby")
            #expect(handler.history.values.count == 2)
            try await clients[0].join("lobby")
            try await clients[0].leaveAllRooms()
            #expect(handler.history.values.count == 4)
        }
    }
}
