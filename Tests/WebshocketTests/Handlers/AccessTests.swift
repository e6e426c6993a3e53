import Testing
import Webshocket

/// Handlers for members only, each with a different declaration of `access`.
private enum Closed {
    private static let members = Authentication { request in
        request.queryItems["as"].map { .admit(userID: $0) } ?? .refuse(.unauthorized)
    }

    struct Stored: WebSocketHandler {
        let access = Access.authenticated(by: members)
    }
    struct Computed: WebSocketHandler {
        var access: Access { .authenticated(by: members) }
    }
    struct Closure: WebSocketHandler {
        var access: Access {
            .authenticated { request in
                request.queryItems["as"].map { .admit(userID: $0) } ?? .refuse(.unauthorized)
            }
        }
    }
    struct Annotated: WebSocketHandler {
        let access: Access = .authenticated(by: members).rateLimit(100, per: "1s")
    }
    struct Initialised: WebSocketHandler {
        let access: Access
        init() { access = .authenticated(by: members) }
    }
    struct Extended: WebSocketHandler {}
    struct Provided: ProvidedHandler {}
    final class Object: WebSocketHandler {
        let access = Access.authenticated(by: members)
    }
    final class Lazy: WebSocketHandler, @unchecked Sendable {
        lazy var access = Access.authenticated(by: members)
    }
    actor Isolated: WebSocketHandler {
        let access = Access.authenticated(by: members)
    }
    actor Nonisolated: WebSocketHandler {
        nonisolated var access: Access { .authenticated(by: members) }
    }
    class Opening: @unchecked Sendable {
        var access: Access { .everyone }
    }
    final class Overriding: Opening, WebSocketHandler, @unchecked Sendable {
        override var access: Access { .authenticated(by: members) }
    }
}

extension Closed.Extended {
    fileprivate var access: Access { Closed.Computed().access }
}

private protocol ProvidedHandler: WebSocketHandler {}
extension ProvidedHandler {
    var access: Access { Closed.Computed().access }
}

@Suite("Access", .timeLimit(.minutes(5)))
struct AccessTests {
    private static let closed: [any WebSocketHandler] = [
        Closed.Stored(), Closed.Computed(), Closed.Closure(), Closed.Annotated(), Closed.Initialised(),
        Closed.Extended(), Closed.Provided(), Closed.Object(), Closed.Lazy(), Closed.Isolated(), Closed.Nonisolated(),
        Closed.Overriding(),
    ]

    @Test("a stranger is rejected and a member admitted, however access is declared", arguments: closed)
    func declared(handler: any WebSocketHandler) async throws {
        try await withServer(routes: { WebSocketRoute("/", handler) }) { server in
            let stranger = WebSocketClient(once: server.url)
            let error = await #expect(throws: ClientError.self) { try await stranger.connect() }
            #expect(error?.httpStatus == 401)
            let member = WebSocketClient(once: server.url + "/?as=ann")
            try await member.connect()
            await member.close()
        }
    }

    private struct Guarded: WebSocketHandler {
        let access = Access.everyone.requires(Has("a")).requires(Is("b")).rateLimit(RateLimit(1, per: "1h"))
            .rateLimit(3, per: .seconds(3_600), scope: .address)

        func onConnect(_ connection: Connection) async throws {
            for name in connection.query ?? "" { connection[String(name)] = true }
        }
        var methods: RPCMethods { RPCMethod("ok") { (_: Connection) in true } }
    }

    @Test("all requirements and rate limits of an access apply", arguments: ["", "a", "b"])
    func refusals(query: String) async throws {
        try await withServer(Guarded()) { server in
            try await withClient(server.url + "/?\(query)") { client in
                for _ in 0..<3 { try await client.expect(error: .accessDenied, from: "ok") }
            }
            // The refused calls have consumed no tokens.
            for _ in 0..<3 {
                try await withClient(server.url + "/?ab") { client in
                    try await client.expect(true, from: "ok")
                    try await client.expect(error: .rateLimited, from: "ok")
                }
            }
            try await withClient(server.url + "/?ab") { try await $0.expect(error: .rateLimited, from: "ok") }
        }
    }
}
