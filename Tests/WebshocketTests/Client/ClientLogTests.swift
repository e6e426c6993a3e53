import EventLoops
import Testing
import Webshocket

@Suite("A client's log", .timeLimit(.minutes(5)))
struct ClientLogTests {
    private struct Secret: Error, CustomStringConvertible {
        var description: String { "the password is swordfish" }
    }

    @Test("has a line for each start and end of a connection, with the client's name and without secrets")
    func lines() async throws {
        let lines = Collected<String>()
        let fails = Locked(true)
        var configuration = ClientConfiguration()
        configuration.reconnect = .exponential(base: .milliseconds(1), cap: .milliseconds(1))
        configuration.log = LogSink { level, line in lines.append("\(level) \(line)") }
            .named("shop").named("prices\n")
        configuration.prepare = { _ in
            if fails.withLock({ fails in
                defer { fails = false }
                return fails
            }) {
                throw Secret()
            }
        }
        try await withServer(ChannelHandler()) { server in
            let client = WebSocketClient(server.url, configuration: configuration)
            try await client.connect(retry: .exponential(attempts: 2, base: .milliseconds(1), cap: .milliseconds(1)))
            await client.close()
        }
        let withoutTimes = lines.values.map { $0.replacing(/starts in [0-9.]+ s:/, with: "starts:") }
        #expect(
            withoutTimes == [
                "warning shop: prices\\u{a}: attempt 2 starts: Secret",
                "info shop: prices\\u{a}: connected on attempt 2", "info shop: prices\\u{a}: closed",
            ])
    }
}
