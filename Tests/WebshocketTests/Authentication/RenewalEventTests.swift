import EventLoops
import Testing
import Webshocket

@Suite("The client's events for renewals", .timeLimit(.minutes(5)))
struct RenewalEventTests {
    struct Secret: Error, CustomStringConvertible {
        let description = "password hunter2"
    }

    @Test("are each failure with its pause, then the success, and the log contains no secret")
    func events() async throws {
        let asked = Collected<Int>()
        let lines = Collected<String>()
        var configuration = ClientConfiguration.quick
        configuration.codec = .json
        configuration.renewalDelay = .zero
        configuration.log = LogSink { lines.append("\($0.rawValue) \($1)") }
        configuration.token = {
            asked.append(1)
            // The first renewal fails in this closure, and the second at the server.
            if asked.values.count == 2 { throw Secret() }
            return "token \(asked.values.count)"
        }
        let words = Collected<String>()
        let helloes = Collected<Int>()
        try await withScriptedServer(hello: .script) { request in
            switch request.method {
            case "__hello__":
                helloes.append(1)
                request.result(#"{"expires_in":\#(helloes.values.count < 3 ? 3600 : 10000)}"#)
            case "__authenticate__" where request.rpc["args"] == ["token 3"]: request.error(-32_603, "later")
            default: request.result("true")
            }
        } _: { url in
            let client = WebSocketClient(url, configuration: configuration)
            let watching = client.observe { event in
                switch event {
                case .renewed(let time): words.append("renewed for \(time.map { "\($0)" } ?? "ever")")
                case .renewalFailed(let error, let pause):
                    words.append("failed: \(type(of: error)), \(pause != nil)")
                default: break
                }
            }
            try await client.connect()
            await words.wait(count: 3)
            #expect(client.statistics.connections == 1)
            watching.cancel()
            await client.close()
        }
        #expect(words.values == ["failed: Secret, true", "failed: RPCError, true", "renewed for 10000.0 seconds"])
        #expect(lines.values.count { $0.contains("could not be renewed") } == 2)
        #expect(!lines.values.contains { $0.contains("hunter2") || $0.contains("token ") })
    }
}
