import Testing
import Webshocket

@Suite("Features from Glyph", .timeLimit(.minutes(5)))
struct GlyphRows {
    private struct Failure: Error {}

    private final class Handler: WebSocketHandler {
        let access = Access.everyone
        let entered = Gate()
        let leave = Gate()

        var messages: MessageHandlers {
            OnEvent("typing") { (connection: Connection, room: String) in
                try connection.send("typing in \(room)", event: "noted")
            }
            OnEvent("whole") { connection, packet in try connection.reply("replied", to: packet) }
            OnText { connection, text in connection.send(text: "text \(text)") }
            OnJSON { (connection: Connection, point: Point) in try connection.send(json: [point.x]) }
            OnBinary { connection, bytes in connection.send(bytes: bytes.reversed()) }
        }
        func add(_ connection: Connection, a: Int, b: Int) -> Int { a + b }
        func fails(_ connection: Connection) throws { throw Failure() }
        func slow(_ connection: Connection) async -> String {
            entered.open()
            await leave.wait()
            return "done"
        }
        var methods: RPCMethods {
            RPCMethod("add", add)
            RPCMethod("fails", fails)
            RPCMethod("slow", slow)
        }
    }

    @Test("Handlers per message kind (text, JSON, binary) and per custom event; reply helpers")
    func kinds() async throws {
        try await withServer(Handler()) { server in
            try await withRawClient(server.url) { client in
                let exchanges: [(WebSocketMessage, WebSocketMessage)] = [
                    (.text("hello"), .text("text hello")), (.text(#"{"x":1.5,"y":2}"#), .text("[1.5]")),
                    (.binary([1, 2]), .binary([2, 1])),
                ]
                for (sent, answer) in exchanges {
                    try await client.send(sent)
                    #expect(try await client.receive() == answer)
                }
            }
            try await withClient(server.url) { client in
                try await client.send("lobby", event: "typing")
                #expect(
                    try await client.receive() == Packet(source: .custom, data: "typing in lobby", event: "noted"))
                try await client.send(Packet(source: .custom, correlationID: "7", event: "whole"))
                #expect(
                    try await client.receive()
                        == Packet(source: .custom, data: "replied", correlationID: "7", event: "whole"))
            }
        }
    }

    @Test("Room metadata; connection data; room and connection counts; metrics of throughput; error logs")
    func data() async throws {
        let lines = Collected<String>()
        var configuration = ServerConfiguration.quiet
        configuration.log = LogSink { level, line in lines.append("\(level.rawValue) \(line)") }
        try await withServer(ChannelHandler(), configuration) { server in
            try await withClients(2, server.url) { clients in
                let hub = server.hub
                for client in clients { try await client.expect(true, from: "enter", "lobby") }
                hub.room("lobby")["topic"] = "tea"
                #expect(hub.room("lobby").metadata == ["topic": "tea"])
                try await clients[0].set("level", 3)
                let connection = try await clients[0].connection(on: hub)
                let level: Int? = connection.level
                #expect(level == 3 && connection.attributes == ["level": 3])
                #expect(hub.rooms == ["lobby": 2] && hub.connectionCount == 2)
                let failing = Check("fails") { _ in throw Failure() }
                try hub.publish("unheard", to: "lobby", where: failing)
                #expect(try await hub.publishAndWait("heard", to: "lobby") == 2)
                try hub.end()
                for client in clients { #expect(try await client.dataUpToEnd() == ["heard"]) }
                #expect(hub.statistics.published == 3 && hub.statistics.delivered == 4)
                #expect(hub.room("lobby").statistics?.delivered == 2)
            }
        }
        #expect(!lines.values.isEmpty && lines.values.allSatisfy { $0.hasPrefix("error ") })
    }

    @Test(
        """
        Origin checks, validation, authentication at the handshake, rate limits on messages; bounded buffers per \
        connection: validation, rate limits and bounds
        """,
        arguments: PacketCodec.codecs)
    func protection(codec: PacketCodec) async throws {
        try await withServer(Handler()) { server in
            try await withClient(server.url, codec) { client in
                let response = try await client.response(to: "add", arguments: [1, "two"])
                #expect(response.error == .invalidParameters)
            }
        }
        let limited = ChannelHandler(access: .everyone.rateLimit(2, per: "1h")) {}
        var configuration = ServerConfiguration.quiet
        configuration.limits.outboundQueue = 1_000
        try await withServer(limited, configuration) { server in
            try await withClient(server.url, codec) { client in
                for _ in 0..<2 { try await client.expect(error: nil, from: "nothing") }
                try await client.expect(error: .rateLimited, from: "nothing")
            }
            try await until { server.hub.connectionCount == 0 }
            let slow = try await SlowSubscriber(server)
            for number in 0..<100 { try server.hub.publish(number, to: "c") }
            #expect(await slow.textsUpTo("Slow consumer") == ["1013 Slow consumer"])
            slow.raw.close()
        }
    }

    @Test("A chat example with rooms, presence and a page for the browser. Graceful shutdown: the shutdown")
    func shutdown() async throws {
        let handler = Handler()
        let server = WebSocketServer(port: 0, handler: handler, configuration: .quiet)
        try await server.start()
        try await withClient(server.url) { client in
            async let slow: String = client.sendRPC("slow")
            await handler.entered.wait()
            async let stopped: Void = server.stop()
            handler.leave.open()
            let result = try await slow
            #expect(result == "done")
            let error = await #expect(throws: ClientError.self) { try await client.receive() }
            #expect(error?.closure?.code == .goingAway)
            await stopped
        }
    }
}
