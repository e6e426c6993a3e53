import Testing
import Webshocket

@Suite("A request that waits for a connection", .timeLimit(.minutes(5)))
struct SupersededRequestTests {
    @Test("is not sent if a later request ends all of its names")
    func superseded() async throws {
        try await withChannelScript { words, _ in
            words == "__join__ lobby" ? nil : .result("null")
        } _: { client, script in
            let joining = Task { try await client.join("lobby") }
            await script.requests.wait { $0.contains("__join__ lobby") }
            try await client.loseConnection()
            try await client.leave("lobby")
            let error = await #expect(throws: ClientError.self) { try await joining.value }
            #expect(error?.code == .superseded && error?.delivery == .maybeExecuted)
            try await client.connect()
            try await client.mark()
            #expect(script.requests.values == ["__join__ lobby"])
        }
    }
}
