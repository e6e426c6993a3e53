import Testing
import Webshocket

@Suite("Channels of a client", .timeLimit(.minutes(5)))
struct ClientChannelTests {
    private var handler: ChannelHandler {
        ChannelHandler {
            ChannelRule("news")
            ChannelRule("chat.*").allowsPublishing()
            ChannelRule("room.*").announcesMembers().allowsPublishing()
            ChannelRule("staff").requires(Is("isStaff")).allowsPublishing()
        }
    }

    @Test("a client subscribes, unsubscribes and publishes", arguments: PacketCodec.codecs)
    func channels(codec: PacketCodec) async throws {
        try await withServer(handler) { server in
            try await withClients(2, server.url, codec) { clients in
                let (one, two) = (clients[0], clients[1])
                try await one.subscribe(to: "news", "chat.1", "chat.*")
                try await two.subscribe(to: "chat.1")
                try await one.publish(Point(x: 1, y: 2, label: nil), to: "chat.1", event: "moved")
                try await two.publish("hello", to: "chat.1")
                let moved = try await two.receive()
                #expect(moved.event == "moved" && moved.channel == "chat.1" && moved.membership == nil)
                #expect(try moved.data(as: Point.self) == Point(x: 1, y: 2))
                #expect(try await one.receive() == Packet(source: .channel, data: "hello", channel: "chat.1"))
                try await one.unsubscribe(from: "chat.1", "chat.*")
                try await two.publish("unheard", to: "chat.1")
                try server.hub.publish("heard", to: "news")
                #expect(try await one.receive().data == "heard")
                let connection = try await one.connection(on: server.hub)
                #expect(connection.subscriptions == ["news"])
                try await one.unsubscribeFromAll()
                #expect(connection.subscriptions == [])
            }
        }
    }

    @Test("refusals are thrown as errors", arguments: PacketCodec.codecs)
    func errors(codec: PacketCodec) async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.subscriptions = 2
        try await withServer(handler, configuration) { server in
            try await withClient(server.url, codec) { client in
                let denied: [(WebSocketClient) async throws -> Void] = [
                    { try await $0.subscribe(to: "news", "other") }, { try await $0.subscribe(to: "staff") },
                    { try await $0.publish(1, to: "news") }, { try await $0.publish(1, to: "staff") },
                    { try await $0.join("other") }, { try await $0.join("staff") },
                    { _ = try await $0.members(of: "chat.1") }, { _ = try await $0.members(of: "room.1") },
                    { try await $0.subscribe(to: "room.1") }, { try await $0.subscribe(to: "room.*") },
                ]
                for attempt in denied {
                    let error = await #expect(throws: RPCError.self) { try await attempt(client) }
                    #expect(error?.code == .accessDenied)
                }
                try await client.subscribe(to: "news", "chat.1")
                let full = await #expect(throws: RPCError.self) { try await client.join("chat.1") }
                #expect(full?.code == .overloaded)
                // Names without a subscription or membership can be left too.
                try await client.unsubscribe(from: "other")
                try await client.leave("other")
                try await client.leaveAllRooms()
                await client.close()
                let gone = await #expect(throws: ClientError.self) { try await client.subscribe(to: "news") }
                #expect(gone != nil)
            }
        }
    }

    @Test("join and members list a room's members", arguments: PacketCodec.codecs)
    func rooms(codec: PacketCodec) async throws {
        try await withServer(handler) { server in
            try await withClients(2, server.url, codec) { clients in
                let (one, two) = (clients[0], clients[1])
                try await one.set("userID", "ann")
                let ann = try #require(try await one.join("room.1").first)
                #expect(ann.user == "ann" && ann.metadata == [:])
                let members = try await two.join("room.1")
                let bob = try #require(members.last)
                #expect(members == [ann, bob] && bob.user == nil)
                #expect(try await one.receive().membership == .joined(bob))
                try await one.publish("hi", to: "room.1")
                #expect(try await two.receive().membership == nil)
                #expect(try await two.members(of: "room.1") == members)
                try await two.leave("room.1")
                #expect(try await one.receive().membership == .left(bob))
                await one.close()
            }
        }
    }

    @Test("membership events are read from join and leave packets only")
    func membership() throws {
        let member: WireValue = ["id": 7, "user": "ann", "metadata": ["mood": "good"]]
        let ann = RoomMember(id: 7, user: "ann", metadata: ["mood": "good"])
        func packet(_ event: String?, _ data: WireValue? = member, _ source: Packet.Source = .channel) -> Packet {
            Packet(source: source, data: data, channel: "lobby", event: event)
        }
        #expect(packet("__join__").membership == .joined(ann))
        #expect(packet("__leave__").membership == .left(ann))
        #expect(packet("__join__", ["id": 7, "metadata": [:]]).membership == .joined(RoomMember(id: 7)))
        #expect(packet("join").membership == nil && packet(nil).membership == nil)
        #expect(packet("__join__", "ann").membership == nil && packet("__join__", nil).membership == nil)
        #expect(packet("__join__", member, .custom).membership == nil)
        #expect(Packet(source: .channel, data: member, event: "__join__").membership == nil)
    }
}
