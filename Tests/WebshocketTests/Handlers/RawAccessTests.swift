import Testing
import Webshocket

@Suite("Access to raw paths", .timeLimit(.minutes(5)))
struct RawAccessTests {
    private let heard = Collected<String>()

    /// Sends texts, and returns how the server closes the connection.
    private func closure(
        of route: WebSocketRoute, sending texts: [String], path: String = "/"
    ) async throws -> ConnectionClosure? {
        var closure: ConnectionClosure?
        try await withServer(routes: { route }) { server in
            let client = WebSocketClient(once: server.url + path, configuration: .raw)
            try await client.connect()
            for text in texts { try? await client.send(.text(text)) }
            let error = await #expect(throws: ClientError.self) {
                while true { _ = try await client.receiveMessage() }
            }
            closure = error?.closure
            await client.close()
        }
        return closure
    }

    private func route(_ access: Access, onConnect: WebSocketRoute.ConnectBody? = nil) -> WebSocketRoute {
        WebSocketRoute("/", access: access, onMessage: { heard.append(try $1.asText) }, onConnect: onConnect)
    }

    @Test("a connection that fails the requirement after onConnect is closed with 1008")
    func atConnect() async throws {
        for onConnect in [nil, { $0.team = "blue" }] as [WebSocketRoute.ConnectBody?] {
            let route = route(.everyone.requires(IsEqual("team", "red")), onConnect: onConnect)
            let closure = try await closure(of: route, sending: ["hello"])
            #expect(closure == ConnectionClosure(.policyViolation, reason: "Access denied", isClean: true))
        }
        #expect(heard.values == [])
    }

    @Test("the requirement is evaluated for each message")
    func eachMessage() async throws {
        let route = WebSocketRoute("/", access: .everyone.requires(!Is("isBanned"))) { connection, message in
            heard.append(try message.asText)
            connection.isBanned = true
        }
        let closure = try await closure(of: route, sending: ["one", "two", "three"])
        #expect(closure == ConnectionClosure(.policyViolation, reason: "Access denied", isClean: true))
        #expect(heard.values == ["one"])
    }

    @Test("messages that satisfy the requirement are accepted")
    func admitted() async throws {
        let guarded = route(.everyone.requires(Has("team"))) { $0.team = "red" }
        for route in [guarded, route(.everyone), route(.everyone.requires(AllOf()))] {
            try await withServer(routes: { route }) { server in
                try await withRawClient(server.url) { try await $0.send(.text("hello")) }
            }
        }
        #expect(heard.values == ["hello", "hello", "hello"])
    }

    private struct Broken: Error {}

    @Test("an error of the requirement closes with 1011, and an RPCError with 1008 and its message")
    func failures() async throws {
        let broken = route(.everyone.requires(Check("breaks") { _ in throw Broken() }))
        #expect(
            try await closure(of: broken, sending: ["hello"])
                == ConnectionClosure(.internalError, reason: "", isClean: true))
        let worded = route(.everyone.requires(Check("refuses") { _ in throw RPCError("not you", code: 4_001) }))
        #expect(
            try await closure(of: worded, sending: ["hello"])
                == ConnectionClosure(.policyViolation, reason: "not you", isClean: true))
        #expect(heard.values == [])
    }

    @Test("messages up to the rate limit are accepted, and the next one closes with 1013", arguments: [1, 3])
    func limits(messages: Int) async throws {
        for excess in [RateLimit.ExceededAction.reject, .disconnect] {
            let limited = route(.everyone.rateLimit(messages, per: "1h", onExceeded: excess))
            let closure = try await closure(of: limited, sending: (0...messages).map { "\($0)" })
            #expect(closure == ConnectionClosure(.tryAgainLater, reason: "Rate limit exceeded", isClean: true))
        }
        #expect(heard.values.count == 2 * messages)
    }

    @Test("refused messages consume no tokens, and a dry run only counts")
    func charges() async throws {
        let access = Access.everyone.requires(Has("team")).rateLimit(1, per: "1h", scope: .method)
            .rateLimit(1, per: "1h", isDryRun: true)
        let route = WebSocketRoute("/", access: access) { connection, message in
            connection.send(message)
        } onConnect: { connection in
            if connection.query == "red" { connection.team = "red" }
        }
        try await withServer(routes: { route }) { server in
            let stranger = WebSocketClient(once: server.url, configuration: .raw)
            try await stranger.connect()
            try? await stranger.send(.text("hello"))
            await #expect(throws: ClientError.self) { try await stranger.receiveMessage() }
            try await withRawClient(server.url + "/?red") { member in
                try await member.send(.text("hello"))
                #expect(try await member.receive() == .text("hello"))
            }
            #expect(server.rateLimits.map(\.exceeded) == [0, 0])
        }
    }
}
