import EventLoops
import Testing
import Webshocket

@Suite("A client whose admission expires", .timeLimit(.minutes(5)))
struct ClientRenewalTests {
    private static func configuration(
        _ token: @escaping @Sendable () async throws -> String
    ) -> ClientConfiguration {
        var configuration = ClientConfiguration.quick
        configuration.codec = .json
        configuration.token = token
        return configuration
    }

    /// Admits for 0.5 s with the first token, and without expiry with the second.
    private static func answer(_ request: ScriptedRequest, _ requests: Collected<ScriptedRequest>) {
        requests.append(request)
        switch request.method {
        case "__authenticate__": request.result("true")
        case "__hello__":
            let isFirst = requests.values.count { $0.method == "__hello__" } == 1
            request.result(isFirst ? #"{"expires_in":0.5}"# : #"{"expires_in":3600,"limits":{"depth":5}}"#)
        default: request.result("7")
        }
    }

    @Test("sends another token in time on the same connection, and then hello again")
    func renews() async throws {
        let requests = Collected<ScriptedRequest>()
        let asked = Collected<Int>()
        let configuration = Self.configuration {
            asked.append(1)
            return "token \(asked.values.count)"
        }
        try await withScript(configuration, hello: .script) {
            Self.answer($0, requests)
        } _: { client in
            await requests.wait(count: 4)
            let answer: Int = try await client.sendRPC("m")
            #expect(answer == 7 && client.statistics.connections == 1)
        }
        let sent = requests.values.map(\.rpc)
        #expect(
            sent.map { $0["method"] } == ["__authenticate__", "__hello__", "__authenticate__", "__hello__", "m"])
        #expect(sent[0]["args"] == ["token 1"] && sent[2]["args"] == ["token 2"])
    }

    @Test("sends hello again after a token of the application")
    func byHand() async throws {
        let requests = Collected<ScriptedRequest>()
        try await withScript(Self.configuration { "first" }, hello: .script) { request in
            requests.append(request)
            request.result(request.method == "__hello__" ? "{}" : "true")
        } _: { client in
            try await client.authenticate("second")
            await requests.wait(count: 4)
        }
        #expect(
            requests.values.map(\.method) == ["__authenticate__", "__hello__", "__authenticate__", "__hello__"])
    }
}
