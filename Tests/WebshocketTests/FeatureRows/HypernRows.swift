import Testing
import Webshocket

@Suite("Features from Hypern", .timeLimit(.minutes(5)))
struct HypernRows {
    @Test(
        """
        Rooms with exclude; channels with named events: `channel.on("message")`, publish an event to all but its \
        publisher
        """,
        arguments: PacketCodec.codecs)
    func events(codec: PacketCodec) async throws {
        let handler = ChannelHandler {
            ChannelRule("chat")
                .on("message") { (connection: Connection, channel: Channel, text: String) in
                    try channel.publish("\(connection.userID ?? "?"): \(text)", event: "said", excluding: connection)
                }
            ChannelRule("open").allowsPublishing()
        }
        try await withServer(handler) { server in
            try await withClients(3, server.url, codec) { clients in
                for client in clients {
                    try await client.join("chat")
                    try await client.subscribe(to: "open")
                }
                try await clients[0].set("userID", "ann")
                try await clients[0].publish("hello", to: "chat", event: "message")
                try await clients[0].publish("plain", to: "open", event: "waved")
                let room = server.hub.room("chat")
                try room.publish("not for two", excluding: room.members[1], room.members[2])
                try server.hub.end()
                let heard = [
                    Packet(source: .channel, data: "ann: hello", channel: "chat", event: "said"),
                    Packet(source: .channel, data: "plain", channel: "open", event: "waved"),
                ]
                #expect(try await clients[0].dataUpToEnd() == ["not for two"])
                #expect(try await clients[1].packetsUpToEnd() == heard)
                #expect(try await clients[2].packetsUpToEnd() == heard)
            }
        }
    }

    @Test("Leave-all and unsubscribe-all; cleanup at disconnect", arguments: PacketCodec.codecs)
    func leavingAll(codec: PacketCodec) async throws {
        let handler = ChannelHandler { ChannelRule("*") }
        try await withServer(handler) { server in
            let hub = server.hub
            try await withClients(2, server.url, codec) { clients in
                for client in clients {
                    try await client.subscribe(to: "a", "b", "*")
                    for room in ["r", "s"] { try await client.join(room) }
                    try await client.set("userID", "ann")
                }
                hub.room("r")["topic"] = "tea"
                let connection = try await clients[0].connection(on: hub)
                try await clients[0].unsubscribeFromAll()
                #expect(connection.subscriptions == [] && connection.rooms == ["r", "s"])
                try await clients[0].leaveAllRooms()
                #expect(connection.rooms == [])
                try hub.publish("x", to: "a", "b", "r", "s")
                try hub.end()
                #expect(try await clients[0].dataUpToEnd() == [])
                #expect(hub.channels == ["a": 1, "b": 1, "*": 1] && hub.rooms == ["r": 1, "s": 1])
            }
            try await until { hub.connectionCount == 0 }
            #expect(hub.channels.isEmpty && hub.rooms.isEmpty && hub.users.isEmpty && hub.room("r").metadata.isEmpty)
        }
        #expect(handler.history.values.count { $0.contains(" left ") } == 4)
    }
}
