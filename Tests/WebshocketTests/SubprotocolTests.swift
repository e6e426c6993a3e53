import Testing
import Webshocket

@Suite("Subprotocols", .timeLimit(.minutes(5)))
struct SubprotocolTests {
    private static func configuration(_ codec: PacketCodec, _ offered: [String]) -> ClientConfiguration {
        var configuration = ClientConfiguration(codec: codec)
        configuration.subprotocols = offered
        return configuration
    }

    private func agreed(_ codec: PacketCodec, _ offered: [String], on url: String) async throws -> String {
        let client = WebSocketClient(url, configuration: Self.configuration(codec, offered))
        try await client.connect()
        let answer: String = try await client.sendRPC("subprotocol")
        await client.close()
        return answer
    }

    private func agreedRaw(_ offered: [String], on url: String) async throws -> String {
        try await withRawClient(url, Self.configuration(.messagePack, offered)) { client in
            try await client.send(.text("?"))
            return try await client.receive().asText
        }
    }

    struct Spoken: WebSocketHandler {
        let access = Access.everyone

        var methods: RPCMethods {
            RPCMethod("subprotocol") { (connection: Connection) in connection.subprotocol ?? "none" }
        }
    }

    @Test(
        "a path for raw messages selects the route's first subprotocol that the client offers",
        arguments: [
            (["chat.v2"], "chat.v2"), (["chat.v1", "chat.v2"], "chat.v2"), (["x", "chat.v1"], "chat.v1"), ([], "none"),
            (["x"], "none"), (["CHAT.v1"], "none"),
        ] as [([String], String)])
    func raw(offered: [String], expected: String) async throws {
        try await withServer(routes: {
            WebSocketRoute("/", access: .everyone, subprotocols: ["chat.v2", "chat.v1"]) { connection, _ in
                connection.send(.text(connection.subprotocol ?? "none"))
            }
            WebSocketRoute("/text", access: .everyone, subprotocols: ["chat.v2", "chat.v1"], receiving: String.self) {
                connection, _ in
                try connection.send(connection.subprotocol ?? "none")
            }
        }) { server in
            let found1 = try await agreedRaw(offered, on: server.url)
            #expect(found1 == expected)
            let found2 = try await agreedRaw(offered, on: "\(server.url)/text")
            #expect(found2 == expected)
        }
    }

    @Test(
        "a path for packets selects the codec's subprotocol, regardless of other offers",
        arguments: [(.messagePack, "webshocket.v1"), (.json, "webshocket.json")]
            as [(PacketCodec, String)])
    func packets(codec: PacketCodec, expected: String) async throws {
        try await withServer(Spoken()) { server in
            let found3 = try await agreed(codec, ["token.abc"], on: server.url)
            #expect(found3 == expected)
        }
    }

    @Test("an invalid or repeated subprotocol fails before anything is sent")
    func malformed() async throws {
        for names in [["a b"], [""], ["a", "a"], ["webshocket.v1"], ["a\r\nX: y"]] {
            var configuration = ClientConfiguration()
            configuration.subprotocols = names
            let client = WebSocketClient("ws://127.0.0.1:1", configuration: configuration)
            let error = await #expect(throws: ClientError.self) { try await client.connect() }
            #expect(error?.code == .invalidConfiguration)
        }
        for names in [["a b"], ["a", "a"]] {
            let server = WebSocketServer(port: 0, configuration: .quiet) {
                WebSocketRoute("/", access: .everyone, subprotocols: names) { _, _ in }
            }
            let error = await #expect(throws: ServerError.self) { try await server.start() }
            #expect(error?.code == .invalidRoute)
        }
    }
}
