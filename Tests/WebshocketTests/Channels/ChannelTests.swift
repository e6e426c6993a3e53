import Testing
import Webshocket

@Suite("Channels", .timeLimit(.minutes(5)))
struct ChannelTests {
    @Test("a publication is delivered to the channel's subscribers only", arguments: PacketCodec.codecs)
    func subscribers(codec: PacketCodec) async throws {
        try await withServer(ChannelHandler()) { server in
            try await withClients(3, server.url, codec) { clients in
                let hub = server.hub
                try await clients[0].listen("news")
                try await clients[1].listen("news", "sports")
                try hub.publish("rain", to: "news")
                try hub.publish(["home": 1, "away": 2], to: "sports", event: "goal")
                try hub.publish("no subscribers", to: "weather")
                try hub.publish(nil as String?, to: "news")
                try hub.end()
                let rain = Packet(source: .channel, data: "rain", channel: "news")
                let goal = Packet(
                    source: .channel, data: ["home": 1, "away": 2], channel: "sports", event: "goal")
                let null = Packet(source: .channel, data: .null, channel: "news")
                #expect(try await clients[0].packetsUpToEnd() == [rain, null])
                #expect(try await clients[1].packetsUpToEnd() == [rain, goal, null])
                #expect(try await clients[2].packetsUpToEnd() == [])
            }
        }
    }

    @Test("one, several or all subscriptions can be ended", arguments: PacketCodec.codecs)
    func unsubscribing(codec: PacketCodec) async throws {
        try await withServer(ChannelHandler()) { server in
            try await withClient(server.url, codec) { client in
                let hub = server.hub
                func heard() async throws -> [WireValue] {
                    for name in ["a", "b", "c", "d", "e"] { try hub.publish(name, to: name) }
                    try hub.end()
                    return try await client.dataUpToEnd()
                }
                let connection = try await client.connection(on: hub)
                try await client.listen("a", "b", "c", "d", "e")
                try await client.expect(.null, from: "deafen", ["a"])
                #expect(try await heard() == ["b", "c", "d", "e"])
                // Repeated names, and names without a subscription.
                try await client.expect(.null, from: "deafen", ["b", "c", "b", "nothing", ""])
                #expect(try await heard() == ["d", "e"])
                #expect(connection.subscriptions == ["d", "e"])
                #expect(hub.channels == ["d": 1, "e": 1])
                try await client.expect(.null, from: "deafenAll")
                #expect(try await heard() == [])
                #expect(connection.subscriptions == [] && hub.channels == [:])
                try await client.expect(.null, from: "deafenAll")
            }
        }
    }

    @Test("subscribing several times has the effect of subscribing once")
    func twice() async throws {
        try await withServer(ChannelHandler()) { server in
            try await withClient(server.url) { client in
                try await client.listen("news", "news")
                try await client.listen("news")
                #expect(server.hub.channel("news").subscriberCount == 1)
                try server.hub.publish(1, to: "news")
                try server.hub.end()
                #expect(try await client.dataUpToEnd() == [1])
                try await client.expect(.null, from: "deafen", ["news"])
                #expect(server.hub.channels == [:])
            }
        }
    }

    @Test(
        "a publication to several channels is delivered once, as the message of the first matching channel",
        arguments: PacketCodec.codecs)
    func several(codec: PacketCodec) async throws {
        try await withServer(ChannelHandler()) { server in
            try await withClients(4, server.url, codec) { clients in
                try await clients[0].listen("a", "b", "c")
                try await clients[1].listen("c", "b")
                try await clients[2].listen("c", "*")
                try server.hub.publish("x", to: "a", "b", "c")
                try server.hub.publish("y", to: ["c", "c", "a"])
                try server.hub.publish("z", to: [])
                try server.hub.end()
                var channels: [[String?]] = []
                for client in clients { channels.append(try await client.packetsUpToEnd().map(\.channel)) }
                #expect(channels == [["a", "c"], ["b", "c"], ["a", "c"], []])
            }
        }
    }

    @Test(
        "a method can publish to all subscribers, or to all except the caller",
        arguments: PacketCodec.codecs)
    func methods(codec: PacketCodec) async throws {
        try await withServer(ChannelHandler()) { server in
            try await withClients(2, server.url, codec) { clients in
                for client in clients { try await client.listen("news") }
                try await clients[0].expect(.null, from: "say", "news", "to all")
                try await clients[0].expect(.null, from: "others", "news", "to others")
                try server.hub.end()
                #expect(try await clients[0].dataUpToEnd() == ["to all"])
                #expect(try await clients[1].dataUpToEnd() == ["to all", "to others"])
            }
        }
    }

    @Test(
        "publications of one task arrive in order, even from different threads",
        arguments: PacketCodec.codecs)
    func threads(codec: PacketCodec) async throws {
        var configuration = ServerConfiguration.quiet
        configuration.loops = 3
        try await withServer(ChannelHandler(), configuration) { server in
            try await withClients(4, server.url, codec) { clients in
                for client in clients { try await client.listen("news") }
                let texts = (0..<200).map { "\($0)" }
                try await clients[0].sendRPC("later", "news", texts)
                try server.hub.end()
                for client in clients { #expect(try await client.dataUpToEnd() == texts.map { .string($0) }) }
            }
        }
    }

    @Test("statistics are counted while there are subscribers")
    func statistics() async throws {
        try await withServer(ChannelHandler()) { server in
            let news = server.hub.channel("news")
            #expect(news.statistics == nil && news.subscriberCount == 0)
            try await withClients(2, server.url) { clients in
                for client in clients { try await client.listen("news") }
                try news.publish(1)
                try news.publish(2, event: "two", excluding: try await clients[0].connection(on: server.hub))
                try server.hub.end()
                #expect(try await clients[0].dataUpToEnd() == [1])
                #expect(try await clients[1].dataUpToEnd() == [1, 2])
                let one = try #require(news.statistics)
                #expect(one.subscribers == 2 && one.members == 0)
                #expect(one.published == 2 && one.delivered == 3 && one.dropped == 0)
                let all = server.hub.statistics
                #expect(all.connections == 2 && all.channels == 1 && all.users == 0 && all.rooms == 0)
                #expect(all.published == 3 && all.delivered == 5 && all.dropped == 0)
                try await clients[0].expect(.null, from: "deafenAll")
                #expect(news.subscriberCount == 1)
            }
            try await until { server.hub.connectionCount == 0 }
            #expect(news.statistics == nil)
        }
    }

    @Test("a publication is encoded in every form in use, and refused entirely if one encoding fails")
    func forms() async throws {
        try await withServer(ChannelHandler()) { server in
            try await withClient(server.url, .messagePack) { compact in
                try await compact.listen("news")
                try server.hub.publish(Double.nan, to: "news")
                #expect(try await compact.receive().data?.asDouble?.isNaN == true)
                try await withClient(server.url, .json) { readable in
                    try await readable.listen("news")
                    #expect(throws: (any Error).self) { try server.hub.publish(Double.nan, to: "news") }
                    #expect(throws: (any Error).self) { try server.hub.broadcast(Double.nan) }
                    try server.hub.publish([UInt8](0..<3), to: "news")
                    try server.hub.end()
                    #expect(try await readable.dataUpToEnd() == ["AAEC"])
                    #expect(try await compact.dataUpToEnd() == [.bytes([0, 1, 2])])
                }
            }
        }
    }

    @Test("publishing before the server starts or after it has stopped has no effect")
    func outside() async throws {
        let handler = ChannelHandler()
        let server = WebSocketServer(port: 0, handler: handler, configuration: .quiet)
        func use() async throws {
            try server.hub.publish(1, to: "news")
            try server.hub.broadcast(1)
            #expect(try await server.hub.publishAndWait(1, to: "news") == 0)
            #expect(try server.hub.send(1, toUser: "ann") == 0)
            #expect(try !server.hub.send(1, toConnection: 1))
            #expect(server.hub.connections.isEmpty && server.hub.channels.isEmpty)
        }
        try await use()
        var kept: Connection?
        try await withServer(server) { server in
            try await withClient(server.url) { client in
                try await client.listen("news")
                kept = try await client.connection(on: server.hub)
                #expect(try await server.hub.publishAndWait(1, to: "news") == 1)
            }
        }
        try await use()
        let connection = try #require(kept)
        try connection.subscribe(to: "news")
        #expect(try !connection.join("lobby"))
        #expect(!connection.leave("lobby"))
        connection.unsubscribeFromAll()
        connection.leaveAllRooms()
        connection.userID = "ann"
        connection.close()
        try connection.publish(2, to: "news", excluding: connection)
        try await use()
        #expect(connection.subscriptions.isEmpty && connection.rooms.isEmpty)
        #expect(server.hub.users.isEmpty && server.hub.statistics.connections == 0)
    }
}
