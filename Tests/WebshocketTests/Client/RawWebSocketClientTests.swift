import Testing
import Webshocket

@Suite("A client of raw messages", .timeLimit(.minutes(5)))
struct RawWebSocketClientTests {
    @Test("iterates over its messages until the server closes the connection")
    func messages() async throws {
        try await withServer(routes: {
            WebSocketRoute("/", access: .everyone) { connection, message in
                connection.send(message)
                if message == .text("last") { connection.close(.normal, reason: "bye") }
            }
        }) { server in
            try await withRawClient(server.url) { client in
                for text in ["first", "last"] { try await client.send(.text(text)) }
                var seen: [WebSocketMessage] = []
                for try await message in client.messages { seen.append(message) }
                #expect(seen == [.text("first"), .text("last")])
            }
        }
    }

    @Test("ends the iteration over its messages when it is closed")
    func close() async throws {
        try await withServer(routes: { WebSocketRoute("/", access: .everyone) { _, _ in } }) { server in
            try await withRawClient(server.url) { client in
                await client.close()
                for try await message in client.messages { Issue.record("received \(message)") }
            }
        }
    }
}
