import Webshocket

// Swift snippets of the README that are compiled but not run. The function of a snippet has the name in its mark. Other
// files whose names start with `DocumentTests+` have the snippets of the articles.
extension DocumentTests {
    func calling() async throws {
        let client = WebSocketClient("ws://127.0.0.1:5000")
        try await client.connect()
        let sum: Int = try await client.sendRPC("add", 10, 20)
        _ = sum
    }

    func access() {
        struct Sessions: Sendable {
            func user(of text: String) async throws -> String? { text }
        }
        let sessions = Sessions()
        // The snippet:
        var access: Access {
            .authenticated(token: { token, _ in
                guard let user = try await sessions.user(of: token) else { return .refuse(.unauthorized) }
                return .admit(userID: user, expiresAfter: .seconds(3_600))
            })
        }
        _ = access
    }

    func streams(client: WebSocketClient) async throws {
        for try await tick in client.streamRPC("ticks", 5, as: Int.self) {
            print(tick)
        }
    }

    func reconnection() async throws {
        @Sendable func freshToken() async throws -> String { "" }
        // The snippet:
        let configuration = ClientConfiguration(token: { try await freshToken() })
        let client = WebSocketClient("wss://example.org", configuration: configuration)
        try await client.connect(retry: .exponential(attempts: 5))
        let total: Int = try await client.sendRPC("total", idempotent: true)  // repeated if the connection is lost
        _ = total
    }

    func site() async throws {
        struct ChatHandler: WebSocketHandler { let access = Access.everyone }
        // The snippet:
        let server = WebSocketServer(port: 5000) {
            WebSocketRoute("/chat", ChatHandler())
            StaticFiles("/", in: "public")
            HTTPRoute("/rooms") { request in try .json(["tea", "coffee"]) }
        }
        try await server.serve()  // until SIGINT or SIGTERM; then it finishes the calls in flight and stops
    }
}
