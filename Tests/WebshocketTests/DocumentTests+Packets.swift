import Testing
import Webshocket

// Compares the single packets of Protocol.md with those that a server sends.
extension DocumentTests {
    /// Declares a rate-limited method, an endless stream, and a room that announces its members.
    final class Lobby: WebSocketHandler {
        let access = Access.everyone
        private let (elements, _) = AsyncStream.makeStream(of: Int.self)

        func login(_ connection: Connection, name: String, mood: String) {
            connection.userID = name
            connection.metadata["mood"] = .string(mood)
        }

        var methods: RPCMethods {
            RPCMethod("login", login)
            RPCMethod("limited") { (_: Connection) in "ok" }.rateLimit(1, per: "1m")
            RPCMethod("endless") { [elements] (_: Connection) in elements }
            RPCMethod("held") { (_: Connection) async throws in try await Task.sleep(for: .seconds(1_000)) }
        }

        var channels: ChannelRules { ChannelRule("lobby").announcesMembers() }
    }

    @Test("packets in the documents equal those that a server sends", arguments: ["sent: limited", "sent: membership"])
    func packet(mark: String) async throws {
        let shown = try Self.packet(mark)
        try await withServer(Lobby()) { server in
            let client = WebSocketClient(once: server.url, configuration: .raw)
            try await client.connect()
            var sent = ""
            if mark == "sent: limited" {
                for _ in 0..<2 { sent = try await client.answer(to: "limited", "") }
            } else {
                _ = try await client.answer(to: "__join__", #""lobby""#)
                let ann = WebSocketClient(once: server.url, configuration: .raw)
                try await ann.connect()
                _ = try await ann.answer(to: "login", #""ann","good""#)
                _ = try await ann.answer(to: "__join__", #""lobby""#)
                sent = try await client.receiveMessage().asText
                await ann.close()
            }
            #expect(Self.withoutNumbers(sent) == Self.withoutNumbers(shown))
            await client.close()
        }
    }

    @Test("the documented refusal equals the one that a draining server sends", arguments: ["sent: draining"])
    func refusal(mark: String) async throws {
        let shown = try Self.packet(mark)
        let server = WebSocketServer(port: 0, handler: Lobby(), configuration: .quiet)
        try await server.start()
        let client = WebSocketClient(once: server.url, configuration: .raw)
        try await client.connect()
        // The server starts requests in order, so both are running when the third is answered.
        for method in ["held", "endless"] {
            try await client.send(.text(#"{"source":5,"rpc":{"type":"request","method":"\#(method)","call_id":"a"}}"#))
        }
        _ = try await client.answer(to: "limited", "")
        async let stopping: Void = server.stop(within: .seconds(1_000))
        // The stream ends when the connection starts to drain.
        _ = try await client.receiveMessage()
        #expect(try await Self.withoutNumbers(client.answer(to: "limited", "")) == Self.withoutNumbers(shown))
        await client.close()
        await stopping
    }

    private static func packet(_ mark: String) throws -> String {
        for document in try Document.all() {
            let block = document.text.split(separator: "<!-- \(mark) -->\n```json\n").dropFirst().first
            if let line = block?.split(separator: "\n").first { return String(line) }
        }
        throw Missing(mark: mark)
    }

    private struct Missing: Error {
        let mark: String
    }

    /// The packet with each ID and retry time replaced by 0, because they differ between runs.
    private static func withoutNumbers(_ packet: String) -> String {
        packet.replacing(/"(id|retry_after)":[0-9.]+/) { "\"\($0.1)\":0" }
    }
}

extension WebSocketClient {
    /// Sends a request with arguments in JSON, and returns the next message.
    fileprivate func answer(to method: String, _ arguments: String) async throws -> String {
        let call = #""method":"\#(method)","args":[\#(arguments)],"call_id":"id1""#
        try await send(.text(#"{"source":5,"rpc":{"type":"request",\#(call)}}"#))
        return try await receiveMessage().asText
    }
}
