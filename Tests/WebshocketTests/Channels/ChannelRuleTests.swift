import Testing
import Webshocket

@Suite("Channel rules", .timeLimit(.minutes(5)))
struct ChannelRuleTests {
    @Test("restrict the channels that peers may subscribe to and join", arguments: PacketCodec.codecs)
    func subscribing(codec: PacketCodec) async throws {
        let handler = ChannelHandler {
            ChannelRule("news")
            ChannelRule("staff").requires(Has("userID")).requires(Is("isStaff"))
        }
        try await withServer(handler) { server in
            try await withClient(server.url, codec) { client in
                for method in ["__subscribe__", "__join__"] {
                    try await client.expect(error: nil, from: method, "news")
                    for name in ["staff", "new", "newss", "NEWS", "other"] {
                        let response = try await client.response(to: method, arguments: [.string(name)])
                        #expect(response.error?.rawValue == -32_002)
                        #expect(response.data == .string("Access denied for channel '\(name)'."))
                    }
                }
                try await client.expect(error: .accessDenied, from: "__subscribe__", ["news", "other"])
                try await client.set("userID", "ann")
                try await client.expect(error: .accessDenied, from: "__subscribe__", "staff")
                try await client.set("isStaff", true)
                try await client.expect(true, from: "__subscribe__", "staff")
                try await client.expect(.null, from: "__join__", "staff")
                let connection = try await client.connection(on: server.hub)
                #expect(connection.subscriptions == ["news", "staff"] && connection.rooms == ["news", "staff"])
            }
        }
    }

    @Test("apply to the handler's code if they have a requirement; channels without a rule are unrestricted")
    func ownCode() async throws {
        let handler = ChannelHandler { ChannelRule("staff").requires(Is("isStaff")) }
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                try await client.expect(error: nil, from: "listen", ["free"])
                try await client.expect(true, from: "enter", "free")
                try await client.expect(error: .accessDenied, from: "listen", ["free2", "staff"])
                try await client.expect(error: .accessDenied, from: "enter", "staff")
                try await client.expect(error: nil, from: "say", "staff", "from the handler")
                let connection = try await client.connection(on: server.hub)
                #expect(connection.subscriptions == ["free"] && connection.rooms == ["free"])
            }
        }
    }

    @Test(
        "are evaluated for each message, so a subscriber can lose and regain access",
        arguments: PacketCodec.codecs)
    func staysTrue(codec: PacketCodec) async throws {
        let handler = ChannelHandler {
            ChannelRule("vip").requires(IsAtLeast("level", 3))
            ChannelRule("open")
        }
        try await withServer(handler) { server in
            try await withClients(2, server.url, codec) { clients in
                let hub = server.hub
                for client in clients {
                    try await client.set("level", 3)
                    try await client.subscribe(to: "vip", "open")
                    try await client.join("vip")
                }
                func heard(_ channels: String...) async throws -> [[String?]] {
                    try hub.publish("x", to: channels)
                    try hub.end()
                    var heard: [[String?]] = []
                    for client in clients { heard.append(try await client.packetsUpToEnd().map(\.channel)) }
                    return heard
                }
                #expect(try await heard("vip") == [["vip"], ["vip"]])
                try await clients[0].set("level", 2)
                #expect(try await heard("vip") == [[], ["vip"]])
                // If a publication has several channels, the message of the first permitted one is delivered.
                #expect(try await heard("vip", "open") == [["open"], ["vip"]])
                try await clients[0].set("level", .null)
                #expect(try await heard("vip") == [[], ["vip"]])
                try await clients[0].set("level", 4)
                #expect(try await heard("vip") == [["vip"], ["vip"]])
            }
        }
    }

    @Test("deny access if the requirement throws, and log it")
    func failing() async throws {
        struct Failure: Error {}
        let lines = Collected<String>()
        var configuration = ServerConfiguration.quiet
        configuration.log = LogSink { level, line in lines.append("\(level.rawValue) \(line)") }
        let check = Check("is fine") { connection in
            guard connection.userID != "bob" else { throw Failure() }
            return true
        }
        let handler = ChannelHandler { ChannelRule("c").requires(check).allowsPublishing() }
        try await withServer(handler, configuration) { server in
            try await withClient(server.url) { client in
                try await client.subscribe(to: "c")
                try await client.set("userID", "bob")
                try server.hub.publish("unheard", to: "c")
                try server.hub.end()
                #expect(try await client.dataUpToEnd() == [])
                try await client.expect(error: .accessDenied, from: "__subscribe__", "c")
                try await client.expect(error: .accessDenied, from: "__publish__", "c", 1)
            }
        }
        // At most one line per second, regardless of the number of evaluations.
        #expect(!lines.values.isEmpty)
        #expect(lines.values.allSatisfy { $0.hasPrefix("error ") && $0.contains("is fine") && $0.contains("Failure") })
    }

    @Test("take precedence over later rules")
    func order() async throws {
        let handler = ChannelHandler {
            ChannelRule("chat.staff").requires(Is("isStaff"))
            ChannelRule("chat.*").allowsPublishing()
        }
        try await withServer(handler) { server in
            try await withClients(2, server.url) { clients in
                let client = clients[0]
                try await client.subscribe(to: "chat.open", "chat.*")
                try await client.publish(1, to: "chat.open")
                try await client.expect(error: .accessDenied, from: "__subscribe__", "chat.staff")
                try await client.expect(error: .accessDenied, from: "__publish__", "chat.staff", 1)
                // A pattern subscription receives matching messages, except those that another rule denies.
                try server.hub.publish("staff", to: "chat.staff")
                try server.hub.publish("open", to: "chat.open")
                try server.hub.end()
                #expect(try await client.dataUpToEnd() == ["open"])
                try await client.set("isStaff", true)
                try server.hub.publish("staff", to: "chat.staff")
                #expect(try await client.receive().data == "staff")
            }
        }
    }

    @Test("for a pattern admit subscriptions to narrower patterns only")
    func covers() async throws {
        let handler = ChannelHandler {
            ChannelRule("chat.*"); ChannelRule("exact")
        }
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                try await client.subscribe(to: "chat.*", "exact", "chat.1")
                for name in ["*", "**", "exact.*"] {
                    try await client.expect(error: .accessDenied, from: "__subscribe__", .string(name))
                }
            }
        }
    }

    @Test("are required for the channel methods: without rules the methods do not exist")
    func none() async throws {
        try await withServer(ChannelHandler()) { server in
            try await withClient(server.url) { client in
                for method in ["subscribe", "unsubscribe", "publish", "join", "leave", "members"] {
                    try await client.expect(error: .methodNotFound, from: "__\(method)__", "news", 1)
                }
                try await client.send(Packet(source: .channel, data: 1, channel: "news"))
                try await client.expect(error: nil, from: "nothing")
            }
            try await PacketPeer.connected(to: server, .json) { peer in
                try peer.send(Packet(source: .channel, data: 1, channel: "news"))
                #expect(try await peer.refusal().error == .notAPacket)
            }
        }
    }

    @Test("apply after the handler's guard and rate limits", arguments: PacketCodec.codecs)
    func handlersOwn(codec: PacketCodec) async throws {
        let methods = ["subscribe", "unsubscribe", "publish", "join", "leave", "members"].map { "__\($0)__" }
        let guarded = ChannelHandler(access: .everyone.requires(Has("userID"))) {
            ChannelRule("c").allowsPublishing()
            ChannelRule("lobby").announcesMembers()
        }
        try await withServer(guarded) { server in
            try await withClient(server.url, codec) { client in
                for method in methods { try await client.expect(error: .accessDenied, from: method, "c", 1) }
                let connection = try #require(server.hub.connections.first)
                connection.userID = "ann"
                try await client.expect(error: nil, from: "__join__", "c")
                try await client.expect(error: nil, from: "__publish__", "c", 1)
            }
        }
        let limited = ChannelHandler(access: .everyone.rateLimit(6, per: "1h")) {
            ChannelRule("c").allowsPublishing()
            ChannelRule("lobby").announcesMembers()
        }
        try await withServer(limited) { server in
            try await withClient(server.url, codec) { client in
                try await client.subscribe(to: "c")
                try await client.join("lobby")
                _ = try await client.members(of: "lobby")
                try await client.publish(1, to: "c")
                try await client.leave("lobby")
                try await client.unsubscribe(from: "c")
                for method in methods { try await client.expect(error: .rateLimited, from: method, "c") }
            }
        }
    }

    @Test("are not evaluated if the arguments are invalid", arguments: PacketCodec.codecs)
    func arguments(codec: PacketCodec) async throws {
        let handler = ChannelHandler { ChannelRule("c").allowsPublishing() }
        try await withServer(handler) { server in
            try await withClient(server.url, codec) { client in
                let bad: [(String, [WireValue])] = [
                    ("__subscribe__", []), ("__subscribe__", [7]), ("__subscribe__", [["c", 7]]),
                    ("__subscribe__", [nil]), ("__subscribe__", ["c", "c"]), ("__subscribe__", [["c": "c"]]),
                    ("__unsubscribe__", [7]), ("__unsubscribe__", ["c", 1]), ("__publish__", ["c"]),
                    ("__publish__", []), ("__publish__", [["c"], 1]), ("__publish__", ["c", 1, 2]),
                    ("__publish__", ["c", 1, "e", 1]), ("__join__", []), ("__join__", [["c"]]),
                    ("__leave__", [1.5]), ("__members__", []), ("__members__", [["c"]]),
                ]
                for (method, arguments) in bad {
                    let response = try await client.response(to: method, arguments: arguments)
                    #expect(response.error == .invalidParameters, "\(method) \(arguments)")
                }
                let response = try await client.response(
                    to: "__subscribe__", arguments: [], named: ["channels": "c", "since": 7])
                #expect(response.error == .invalidParameters)
                let named = try await client.response(to: "__subscribe__", arguments: [], named: ["channels": ["c"]])
                #expect(named.data == true)
                try await client.expect(true, from: "__subscribe__", [])
                try await client.expect(true, from: "__unsubscribe__", nil)
                try await client.expect(true, from: "__unsubscribe__")
                try await client.expect(true, from: "__leave__")
                #expect(server.hub.channels == [:])
            }
        }
    }

    @Test("prevent the server from starting if they are invalid")
    func bad() async throws {
        @Sendable func ignored(_ connection: Connection, _ channel: Channel, _ value: WireValue) {}
        let rules: [(ChannelRule, String)] = [
            (ChannelRule("c").slowConsumers(.wait(atMost: .seconds(-1))), "the wait of slowConsumers must be at least"),
            (ChannelRule("c").on("", ignored), "event '': a name must have 1 to 256 bytes"),
            (ChannelRule("c").on("__join__", ignored), "event '__join__': names that begin with '__'"),
            (ChannelRule("c").on("say", ignored).on("say", ignored), "event 'say' has two handlers"),
            (ChannelRule("c").rateLimit(RateLimit(0, per: "1m")), "calls must be 1 to"),
        ]
        for (rule, text) in rules {
            let handler = ChannelHandler {
                ChannelRule("fine"); rule
            }
            let server = WebSocketServer(port: 0, handler: handler, configuration: .quiet)
            let error = await #expect(throws: ServerError.self) { try await server.start() }
            #expect(error?.message.contains("'c'") == true)
            #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
        }
    }
}
