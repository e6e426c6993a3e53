import EventLoops
import Testing
import Webshocket

@Suite("A client's reconnect pause", .timeLimit(.minutes(5)))
struct RetryDelayTests {
    /// Returns the first pause of a client whose connection ends.
    private static func firstPause(
        _ configuration: ClientConfiguration, answer: @escaping @Sendable (ScriptedRequest) -> Void
    ) async throws -> RetryDelay {
        let pauses = Collected<RetryDelay>()
        try await withScriptedServer {
            answer($0)
        } _: { url in
            let client = WebSocketClient(url, configuration: configuration)
            let watching = client.observe { event in
                if case .waiting(let pause, _, _) = event { pauses.append(pause) }
            }
            try await client.connect()
            let call = Task { try await client.sendRPC("m") }
            await pauses.wait(count: 1)
            watching.cancel()
            await client.close()
            _ = await call.result
        }
        return try #require(pauses.values.first)
    }

    private static func configuration() -> ClientConfiguration {
        var configuration = ClientConfiguration.quick
        configuration.codec = .json
        return configuration
    }

    @Test("is reported as a duration and as a wall-clock date")
    func told() async throws {
        let before = WallTime.now.seconds
        let pause = try await Self.firstPause(Self.configuration()) { request in
            request.connection.close(.goingAway, reason: "bye; retry-after=3600")
        }
        let after = WallTime.now.seconds
        #expect(pause.duration <= .seconds(3_600) && pause.duration > .seconds(3_500))
        #expect((before + 3_500...after + 3_601).contains(Int64(pause.date.timeIntervalSince1970)))
        #expect(pause.end > .now)
    }

    @Test(
        "is at least as long as the server requested at its shutdown, regardless of its close frame",
        arguments: ["", "; retry-after=0"])
    func shutdown(advice: String) async throws {
        let pause = try await Self.firstPause(Self.configuration()) { request in
            request.shuttingDown(retryAfter: 600)
            request.connection.close(.goingAway, reason: "bye\(advice)")
        }
        #expect(pause.duration <= .seconds(600) && pause.duration > .seconds(500))
    }
}
