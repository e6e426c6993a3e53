import Testing
import Webshocket

@Suite("Publications of peers", .timeLimit(.minutes(5)))
struct PeerPublishingTests {
    private struct Failure: Error {}

    @Test(
        "a publication is delivered to all other subscribers if the rule allows publishing",
        arguments: PacketCodec.codecs)
    func publishing(codec: PacketCodec) async throws {
        let handler = ChannelHandler {
            ChannelRule("chat").allowsPublishing()
            ChannelRule("news")
        }
        try await withServer(handler) { server in
            try await withClients(3, server.url, codec) { clients in
                try await clients[0].subscribe(to: "chat")
                try await clients[1].subscribe(to: "chat", "news")
                // The third client is not subscribed, but may publish.
                try await clients[2].publish("a", to: "chat", event: "say")
                try await clients[0].publish(["b": 1], to: "chat")
                try await clients[0].send(Packet(source: .channel, data: "c", channel: "chat", event: "say"))
                try await clients[0].send(Packet(source: .channel, channel: "chat"))
                for name in ["news", "other"] {
                    let error = await #expect(throws: RPCError.self) { try await clients[1].publish(1, to: name) }
                    #expect(error?.code == .accessDenied && error?.message == "Access denied for channel '\(name)'.")
                }
                try await clients[0].expect(error: nil, from: "nothing")
                try server.hub.end()
                #expect(
                    try await clients[0].packetsUpToEnd() == [
                        Packet(source: .channel, data: "a", channel: "chat", event: "say")
                    ])
                #expect(
                    try await clients[1].packetsUpToEnd() == [
                        Packet(source: .channel, data: "a", channel: "chat", event: "say"),
                        Packet(source: .channel, data: ["b": 1], channel: "chat"),
                        Packet(source: .channel, data: "c", channel: "chat", event: "say"),
                        Packet(source: .channel, data: .null, channel: "chat"),
                    ])
                #expect(try await clients[2].packetsUpToEnd() == [])
            }
        }
    }

    @Test(
        "the rule's requirement for publishers is evaluated for each publication",
        arguments: PacketCodec.codecs)
    func requirement(codec: PacketCodec) async throws {
        let handler = ChannelHandler {
            ChannelRule("chat").requires(Has("userID")).allowsPublishing(requires: !Is("isMuted"))
        }
        try await withServer(handler) { server in
            try await withClients(2, server.url, codec) { clients in
                let client = clients[0]
                try await client.expect(error: .accessDenied, from: "__publish__", "chat", 1)
                for client in clients { try await client.set("userID", "ann") }
                try await clients[1].subscribe(to: "chat")
                try await client.expect(true, from: "__publish__", "chat", 2)
                try await client.set("isMuted", true)
                try await client.expect(error: .accessDenied, from: "__publish__", "chat", 3)
                try await client.subscribe(to: "chat")
                try await client.set("isMuted", .null)
                try await client.expect(true, from: "__publish__", "chat", 4)
                try server.hub.end()
                #expect(try await clients[1].dataUpToEnd() == [2, 4])
            }
        }
    }

    @Test("a refused packet is answered with an empty call ID", arguments: PacketCodec.allCases)
    func refusals(codec: PacketCodec) async throws {
        let handler = ChannelHandler {
            ChannelRule("chat").allowsPublishing()
            ChannelRule("news")
        }
        try await withServer(handler) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                try peer.send(Packet(source: .channel, data: 1, channel: "news"))
                var refusal = try await peer.refusal()
                #expect(refusal.error == .accessDenied && refusal.data == "Access denied for channel 'news'.")
                try peer.send(Packet(source: .channel, data: 1, channel: "other\u{202e}\n"))
                refusal = try await peer.refusal()
                #expect(refusal.error == .invalidParameters)
                #expect(refusal.data == #"channel 'other\u{202e}\u{a}': control characters are not allowed"#)
                for event in ["__join__", "__leave__", "__", "__x", "__\u{301}x"] {
                    try peer.send(Packet(source: .channel, data: 1, channel: "chat", event: event))
                    refusal = try await peer.refusal()
                    #expect(refusal.error == .invalidParameters)
                    #expect(
                        refusal.data == .string("event '\(event)': names that begin with '__' are reserved"))
                }
                // Without a channel it is an ordinary packet.
                try peer.send(Packet(source: .channel, data: 1))
                #expect(try await peer.refusal().error == .notAPacket)
            }
            try await withClient(server.url) { client in
                try await client.expect(error: .invalidParameters, from: "__publish__", "chat", 1, "__join__")
            }
        }
    }

    @Test("a publication is refused if a subscriber's codec cannot encode it")
    func unspeakable() async throws {
        let handler = ChannelHandler { ChannelRule("chat").allowsPublishing() }
        try await withServer(handler) { server in
            try await withClient(server.url, .messagePack) { client in
                try await client.publish(Double.infinity, to: "chat")
                try await withClient(server.url, .json) { other in
                    try await other.subscribe(to: "chat")
                    let error = await #expect(throws: RPCError.self) {
                        try await client.publish(Double.infinity, to: "chat")
                    }
                    #expect(error?.code == .invalidParameters)
                    try await client.publish(1.5, to: "chat")
                    #expect(try await other.receive().data == 1.5)
                }
            }
        }
    }

    @Test(
        "all channels of a rule share its rate limit", arguments: PacketCodec.codecs)
    func limit(codec: PacketCodec) async throws {
        let handler = ChannelHandler {
            ChannelRule("chat.*").allowsPublishing().rateLimit(RateLimit(3, per: "1h"))
            ChannelRule("free").allowsPublishing()
            ChannelRule("hard").allowsPublishing().rateLimit(RateLimit(1, per: "1h", onExceeded: .disconnect))
        }
        try await withServer(handler) { server in
            try await withClients(2, server.url, codec) { clients in
                let client = clients[0]
                try await clients[1].subscribe(to: "chat.1", "chat.2", "free")
                try await client.publish(1, to: "chat.1")
                try await client.send(Packet(source: .channel, data: 2, channel: "chat.2"))
                try await client.publish(3, to: "chat.1", event: "third")
                let error = await #expect(throws: RPCError.self) { try await client.publish(4, to: "chat.2") }
                #expect(error?.code == .rateLimited)
                #expect(error?.message == "Rate limit exceeded for channel 'chat.2'.")
                #expect(error?.retryAfter != nil)
                try await client.publish(5, to: "free")
                try await client.subscribe(to: "chat.1")
                try await client.publish(6, to: "hard")
                let gone = await #expect(throws: ClientError.self) { try await client.publish(7, to: "hard") }
                #expect(gone?.closure?.code == .tryAgainLater && gone?.closure?.reason == "Rate limit exceeded")
                try server.hub.end()
                #expect(try await clients[1].dataUpToEnd() == [1, 2, 3, 5])
            }
        }
    }
}

@Suite("Events with a handler in the channel rule", .timeLimit(.minutes(5)))
struct ChannelEventTests {
    private struct Failure: Error {}

    private var handler: ChannelHandler {
        ChannelHandler {
            ChannelRule("chat.*")
                .requires(!Is("isBanned"))
                .on("say") { (connection: Connection, channel: Channel, text: String) in
                    guard text != "" else { throw RPCError("say something", code: 4_711, data: ["min": 1]) }
                    try channel.publish(
                        "\(connection.userID ?? "?"): \(text)", event: "said", excluding: connection)
                }
                .on("move") { (connection: Connection, channel: Channel, to: Point) async throws in
                    await Task.yield()
                    guard to.x >= 0 else { throw RPCError("off the board") }
                    try channel.publish(Point(x: to.y, y: to.x), event: "moved")
                }
                .on("fail") { (_: Connection, _: Channel, _: WireValue) in throw Failure() }
                .on("close") { (_: Connection, _: Channel, _: WireValue) in
                    throw ConnectionClosure(4_001, reason: "as told")
                }
                .on("nothing") { (connection: Connection, channel: Channel, _: String?) in
                    try connection.send("\(channel.name) heard nothing")
                }
        }
    }

    @Test(
        "an event is not delivered to subscribers, but the handler's publications are",
        arguments: PacketCodec.codecs,
        [true, false])
    func hearing(codec: PacketCodec, isCall: Bool) async throws {
        try await withServer(handler) { server in
            try await withClients(2, server.url, codec) { clients in
                func publish(_ value: WireValue, to channel: String, event: String) async throws {
                    if isCall { return try await clients[0].publish(value, to: channel, event: event) }
                    let packet = Packet(source: .channel, data: value, channel: channel, event: event)
                    try await clients[0].send(packet)
                }
                try await clients[0].set("userID", "ann")
                for client in clients { try await client.subscribe(to: "chat.1") }
                try await publish("hello", to: "chat.1", event: "say")
                try await publish(["x": 1, "y": 2], to: "chat.1", event: "move")
                try await publish(.null, to: "chat.7", event: "nothing")
                #expect(
                    try await clients[1].receive()
                        == Packet(source: .channel, data: "ann: hello", channel: "chat.1", event: "said"))
                let moved = try await clients[1].receive()
                #expect(moved.event == "moved")
                #expect(try moved.data(as: Point.self) == Point(x: 2, y: 1))
                #expect(try await clients[0].receive().event == "moved")
                #expect(try await clients[0].receive() == Packet(source: .custom, data: "chat.7 heard nothing"))
                try await clients[0].expect(error: nil, from: "nothing")
                try server.hub.end()
                #expect(try await clients[1].packetsUpToEnd() == [])
            }
        }
    }

    @Test("an invalid event is answered with a description of the error", arguments: PacketCodec.allCases)
    func errors(codec: PacketCodec) async throws {
        let wrong: [(event: String?, data: WireValue?, code: RPCErrorCode, text: WireValue)] = [
            ("say", 7, .invalidParameters, "data of event 'say' must be a string (got an integer)"),
            ("say", nil, .invalidParameters, "data of event 'say' must be a string (got null)"),
            (
                "move", ["x": 1, "y": "2"], .invalidParameters,
                "data of event 'move' must be a number at y (got a string)"
            ),
            ("say", "", 4_711, "say something"),
            ("move", ["x": -1, "y": 1], .applicationError, "off the board"),
            ("shout", "x", .accessDenied, "Access denied for channel 'chat.1'."),
            (nil, "x", .accessDenied, "Access denied for channel 'chat.1'."),
        ]
        try await withServer(handler) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                for (event, data, code, text) in wrong {
                    try peer.send(Packet(source: .channel, data: data, channel: "chat.1", event: event))
                    let refusal = try await peer.refusal()
                    #expect(refusal.data == text && refusal.error == code, "\(event ?? "-")")
                }
            }
            try await withClient(server.url) { client in
                for (event, data, code, text) in wrong {
                    let response = try await client.response(
                        to: "__publish__", arguments: ["chat.1", data ?? .null, event.map(WireValue.string) ?? .null])
                    #expect(response.error == code && response.data == text, "\(event ?? "-")")
                }
                try await client.expect(error: .internalError, from: "__publish__", "chat.1", 1, "fail")
                try await client.set("isBanned", true)
                try await client.expect(error: .accessDenied, from: "__publish__", "chat.1", "x", "say")
            }
        }
    }

    @Test(
        "an error in the handler closes the connection",
        arguments: [("close", CloseCode(4_001), "as told"), ("fail", .internalError, "")])
    func closing(event: String, code: CloseCode, reason: String) async throws {
        try await withServer(handler) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                try peer.send(Packet(source: .channel, data: 1, channel: "chat.1", event: event))
                try await peer.expectClose(code, reason)
            }
        }
    }

    @Test("packets are handled in order, each before the next message")
    func order() async throws {
        try await withServer(handler) { server in
            try await withClients(2, server.url) { clients in
                try await clients[1].subscribe(to: "chat.1")
                for number in 0..<50 {
                    let packet = Packet(
                        source: .channel, data: ["x": .int(Int64(number)), "y": 0], channel: "chat.1", event: "move")
                    try await clients[0].send(packet)
                    try await clients[0].send(
                        Packet(source: .channel, data: .string("\(number)"), channel: "chat.1", event: "say"))
                }
                for number in 0..<50 {
                    #expect(try await clients[1].receive().data(as: Point.self).y == Double(number))
                    #expect(try await clients[1].receive().data == .string("?: \(number)"))
                }
            }
        }
    }
}
