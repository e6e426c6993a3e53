import EventLoops
import Testing
import Webshocket

@Suite("A client's hello", .timeLimit(.minutes(5)))
struct ClientHelloTests {
    private static func configuration() -> ClientConfiguration {
        var configuration = ClientConfiguration(codec: .json)
        configuration.reconnect = .never
        configuration.connectTimeout = .patient
        return configuration
    }

    @Test("is the first message on each connection, with an empty map")
    func first() async throws {
        let requests = Collected<WireValue>()
        var configuration = Self.configuration()
        configuration.reconnect = ClientConfiguration.quick.reconnect
        configuration.prepare = { client in try await client.sendRPC("prepare") }
        try await withScript(configuration, hello: .script) { request in
            requests.append(request.rpc)
            request.result("{}")
            if request.method == "last" { request.connection.close(4_000, reason: "again") }
        } _: { client in
            try await client.sendRPC("last")
            await requests.wait(count: 5)
        }
        let methods = requests.values.prefix(5).map { $0["method"] }
        #expect(methods == ["__hello__", "prepare", "last", "__hello__", "prepare"])
        #expect(requests.values.first?["args"] == [[:]])
    }

    @Test("is answered before the client is open")
    func opens() async throws {
        let hello = Collected<ScriptedRequest>()
        try await withScriptedServer(hello: .script) {
            hello.append($0)
        } _: { url in
            let client = WebSocketClient(url, configuration: Self.configuration())
            let connecting = Task { try await client.connect() }
            await hello.wait(count: 1)
            #expect(client.state == .connecting && hello.values.map(\.method) == ["__hello__"])
            hello.values.first?.result("{}")
            try await connecting.value
            #expect(client.state == .open)
            await client.close()
        }
    }

    @Test("times out after the connect timeout")
    func unanswered() async throws {
        var configuration = Self.configuration()
        // The timeout also applies to TCP, TLS and the upgrade, which may be slow on a busy machine.
        configuration.connectTimeout = .seconds(2)
        try await withScriptedServer(hello: .script) { _ in
        } _: { url in
            let client = WebSocketClient(url, configuration: configuration)
            try await client.connect(retry: .exponential(base: .milliseconds(1)))
            #expect(client.isConnected)
            await client.close()
        }
    }

    @Test(
        "may be answered with any error or with unknown keys",
        arguments: [-32_601, -32_602, -32_603, -32_000, -32_007, 0])
    func older(code: Int) async throws {
        try await withScript(Self.configuration(), hello: .script) { request in
            guard request.method == "__hello__" else { return request.result("7") }
            if code == 0 {
                let limits = #"{"depth":"deep","elements":-1,"message_size":null}"#
                request.result(#"{"limits":\#(limits),"credit":[1],"expires_in":-5}"#)
            } else {
                request.error(code, "no")
            }
        } _: { client in
            let answer: Int = try await client.sendRPC("m", String(repeating: "x", count: 100_000))
            #expect(answer == 7)
        }
    }

    @Test("follows the token without waiting for its response")
    func pipelined() async throws {
        let requests = Collected<ScriptedRequest>()
        var configuration = Self.configuration()
        configuration.token = { "ann" }
        try await withScript(configuration, hello: .script) { request in
            requests.append(request)
            // The server answers the token only after the hello has arrived.
            guard request.method == "__hello__" else { return }
            requests.values.first?.result("true")
            request.result("{}")
        } _: { client in
            #expect(client.isConnected)
        }
        #expect(requests.values.map(\.method) == ["__authenticate__", "__hello__"])
    }

    @Test("is not sent by a client of raw messages")
    func raw() async throws {
        let heard = Collected<WebSocketMessage>()
        let route = WebSocketRoute("/", access: .everyone) { connection, message in
            heard.append(message)
            connection.send(message)
        }
        try await withServer(routes: { route }) { server in
            try await withRawClient(server.url) { client in
                try await client.send(.text("x"))
                #expect(try await client.receive() == .text("x"))
            }
        }
        #expect(heard.values == [.text("x")])
    }
}
