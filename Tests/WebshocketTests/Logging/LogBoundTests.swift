import Testing
import Webshocket

@Suite("Log bounds", .timeLimit(.minutes(5)))
struct LogBoundTests {
    private struct Long: Error, CustomStringConvertible {
        let description: String
    }

    private struct Handler: WebSocketHandler {
        let access = Access.everyone
        let text: String
        func fail(_ connection: Connection) throws { throw Long(description: text) }
        var methods: RPCMethods { RPCMethod("fail", fail) }
    }

    private func lines(for text: String, calls: Int) async throws -> [String] {
        let lines = Collected<String>()
        var configuration = ServerConfiguration.quiet
        configuration.log = LogSink { _, line in lines.append(line) }
        try await withServer(Handler(text: text), configuration) { server in
            try await withClient(server.url) { client in
                for _ in 0..<calls { try await client.expect(error: .internalError, from: "fail") }
            }
        }
        return lines.values
    }

    @Test(
        "log lines have at most 4,000 bytes", arguments: ["x", "é", "\u{1b}", "\n", "e\u{301}"])
    func length(text: String) async throws {
        let lines = try await lines(for: String(repeating: text, count: 100_000), calls: 1)
        #expect(lines.count == 1 && lines[0].hasPrefix("error ") && lines[0].utf8.count <= 4_000)
        #expect(lines[0].hasSuffix("… (cut)"))
    }

    @Test("an error that a client causes repeatedly is logged at a limited rate")
    func rate() async throws {
        let lines = try await lines(for: "no", calls: 500)
        #expect((1...100).contains(lines.count))
    }
}
