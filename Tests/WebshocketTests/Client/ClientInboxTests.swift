import EventLoops
import Testing
import Webshocket

@Suite("A client with a full inbox", .timeLimit(.minutes(5)))
struct ClientInboxTests {
    private static func configuration() -> ClientConfiguration {
        var configuration = ClientConfiguration.quick
        configuration.codec = .json
        configuration.inboxSize = 4
        return configuration
    }

    /// Sends packets, and then responds.
    private static func flood(_ request: ScriptedRequest) {
        for number in 0..<1_000 { request.connection.send(.text(#"{"source":4,"data":\#(number)}"#)) }
        request.result("7")
    }

    @Test("continues its calls on the same connection if it never receives, and keeps the newest packets")
    func callsOnly() async throws {
        try await withScript(Self.configuration()) {
            Self.flood($0)
        } _: { client in
            for _ in 0..<3 {
                let answer: Int = try await client.sendRPC("m")
                #expect(answer == 7)
            }
            #expect(client.state == .open && client.statistics.connections == 1)
            // The inbox holds fewer packets than eight times its limit: the last 31.
            for number in 969..<1_000 { #expect(try await client.receive().data == .int(Int64(number))) }
        }
    }

    @Test("closes the connection if it has received before, and reconnects after a pause")
    func receives() async throws {
        let isFlooding = Locked(true)
        try await withScript(Self.configuration()) { request in
            guard isFlooding.withLock({ $0 }) else { return request.result("7") }
            Self.flood(request)
        } _: { client in
            let events = client.events()
            let receiving = Task { try await client.receive() }
            while (try? await client.sendRPC("m")) != nil {}
            _ = try await receiving.value
            isFlooding.withLock { $0 = false }
            var words: [String] = []
            for await event in events {
                words.append(event.word)
                if case .open = event { break }
                if case .closed = event { break }
            }
            #expect(words.last == "open 2")
            let answer: Int = try await client.sendRPC("m")
            #expect(answer == 7)
        }
    }

    @Test("reconnects after a message that is too large")
    func tooLarge() async throws {
        var configuration = Self.configuration()
        configuration.messageSize = 1_000
        try await withScript(configuration) { request in
            request.result(request.method == "large" ? "\"\(String(repeating: "x", count: 2_000))\"" : "7")
        } _: { client in
            let error = await #expect(throws: ClientError.self) { try await client.sendRPC("large") }
            #expect(error?.closure?.code == .messageTooBig)
            let answer: Int = try await client.sendRPC("m")
            #expect(answer == 7 && client.statistics.connections == 2)
        }
    }
}
