import Testing
import Webshocket

@Suite("Rate limits on authentication", .timeLimit(.minutes(5)))
struct AdmissionLimitTests {
    /// An authentication with a secret, which records the attempts that it checks.
    private final class Door: Sendable {
        let validated = Collected<String>()

        var authentication: Authentication {
            Authentication { request in
                self.validated.append(request.query ?? "")
                return request.query == "sesame" ? .admit() : .refuse(.unauthorized)
            }
        }
    }

    private func upgrade(
        _ server: WebSocketServer, _ target: String, from address: String? = nil
    ) async throws -> HTTPAnswer {
        let peer = try await RawPeer(port: server.port)
        defer { peer.close() }
        let forwarded = address.map { "X-Forwarded-For: \($0)\r\n" } ?? ""
        peer.send(RawFrame.upgrade.replacing("GET / ", with: "GET \(target) ").dropLast() + forwarded + "\r\n")
        var bytes = await peer.received { $0.firstRange(of: Array("\r\n\r\n".utf8)) != nil }[...]
        return try #require(HTTPAnswer.first(of: &bytes, isHead: true))
    }

    /// Sends upgrade requests one after the other, and returns the statuses of the responses.
    private func upgrades(_ server: WebSocketServer, _ target: String, _ count: Int) async throws -> [Int] {
        var statuses: [Int] = []
        for _ in 0..<count { statuses.append(try await upgrade(server, target).status) }
        return statuses
    }

    @Test("allow a number of attempts per address, and refuse others with the time to retry")
    func address() async throws {
        let door = Door()
        let limited = door.authentication.rateLimit(3, per: "1h")
        try await withServer(routes: {
            WebSocketRoute("/", access: .authenticated(by: limited)) { _, _ in }
            WebSocketRoute("/open", access: .everyone) { _, _ in }
        }) { server in
            for guess in ["a", "b", "c"] { #expect(try await upgrade(server, "/?\(guess)").status == 401) }
            let answer = try await upgrade(server, "/?sesame")
            #expect(answer.status == 429)
            let seconds = try #require(answer["Retry-After"].flatMap { Int($0) })
            // A third of an hour, minus the time that has passed.
            #expect((1_000...1_200).contains(seconds))
            #expect(try await upgrade(server, "/open").status == 101)
            #expect(door.validated.values == ["a", "b", "c"])
            #expect(server.rateLimits.map(\.exceeded) == [1])
            #expect(server.rateLimits.first?.method == "/ (authentication)")
        }
    }

    @Test("count admitted clients too, and clients that must send a token", arguments: ["/", "/token"])
    func everyone(path: String) async throws {
        let door = Door()
        let tokens = Authentication(token: { _, _ in .refuse(.unauthorized) })
        try await withServer(routes: {
            WebSocketRoute("/", Guarded(door.authentication.rateLimit(2, per: "1h")))
            WebSocketRoute("/token", Guarded(tokens.rateLimit(2, per: "1h")))
        }) { server in
            let statuses = try await upgrades(server, "\(path)?sesame", 3)
            #expect(statuses == [101, 101, 429])
        }
    }

    @Test("count by the address that a proxy reports, and by the network for IPv6")
    func proxied() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.trustedProxies = TrustedProxies(["127.0.0.1"], addressSource: .forwardedFor)
        let limited = Door().authentication.rateLimit(1, per: "1h")
        try await withServer(
            configuration, routes: { WebSocketRoute("/", access: .authenticated(by: limited)) { _, _ in } }
        ) {
            server in
            for (address, status) in [
                ("192.0.2.1", 101), ("192.0.2.1", 429), ("192.0.2.2", 101), ("2001:db8::1", 101),
                ("2001:db8::2", 429), ("2001:db8:0:1::1", 101),
            ] {
                let answer = try await upgrade(server, "/?sesame", from: address)
                #expect(answer.status == status, "\(address)")
            }
        }
    }

    @Test("count later tokens, but not the first token, because its upgrade request was counted")
    func tokens() async throws {
        let tokens = Authentication { token, _ in token == "sesame" ? .admit() : .refuse(.unauthorized) }
        try await withServer(Guarded(tokens.rateLimit(3, per: "1h"))) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                try await peer.expect(true, from: "__authenticate__", "sesame")
                for guess: WireValue in ["a", "b"] {
                    try await peer.expect(error: .accessDenied, from: "__authenticate__", guess)
                }
                let refusal = try await peer.expect(error: .rateLimited, from: "__authenticate__", "sesame")
                #expect((refusal.retryAfter ?? .zero) > .seconds(1_000))
            }
            #expect(try await upgrade(server, "/").status == 429)
        }
    }

    @Test("close a connection that sends too many tokens, if they are declared so")
    func disconnects() async throws {
        let limit = RateLimit(2, per: "1h", scope: .address, onExceeded: .disconnect)
        let tokens = Authentication { _, _ in .admit() }.rateLimit(limit)
        try await withServer(Guarded(tokens)) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                for _ in 0..<2 { try await peer.expect(true, from: "__authenticate__", "sesame") }
                try peer.call("__authenticate__", ["sesame"])
                try await peer.expectClose(.tryAgainLater, "Rate limit exceeded")
            }
        }
    }

    @Test("can count all addresses together, and can be dry runs")
    func scopes() async throws {
        let door = Door()
        let common = RateLimit(1, per: "1h", scope: .server)
        var counting = RateLimit(1, per: "1h", scope: .address)
        counting.isDryRun = true
        try await withServer(routes: {
            WebSocketRoute("/", access: .authenticated(by: door.authentication.rateLimit(common))) { _, _ in }
            WebSocketRoute("/too", access: .authenticated(by: door.authentication.rateLimit(common))) { _, _ in }
            WebSocketRoute("/calls", Called(limit: common))
            WebSocketRoute("/counted", access: .authenticated(by: door.authentication.rateLimit(counting))) { _, _ in }
        }) { server in
            let limited = try await upgrades(server, "/?sesame", 2)
            #expect(try await upgrade(server, "/too?sesame").status == 429)
            // Attempts to authenticate do not use up the tokens for calls.
            try await withClient(server.url(path: "/calls")) { try await $0.expect(1, from: "one") }
            let counted = try await upgrades(server, "/counted?sesame", 3)
            #expect(limited == [101, 429] && counted == [101, 101, 101])
            #expect(server.rateLimits.map(\.exceeded) == [1, 1, 0, 2])
        }
    }

    @Test(
        "prevent the server from starting if they are invalid",
        arguments: [
            (RateLimit(1, per: "1h", scope: .connection), "each connection"),
            (RateLimit(1, per: "1h", scope: .user), "each user"),
            (RateLimit(0, per: "1h", scope: .address), "calls must be 1 to"),
        ])
    func flaws(limit: RateLimit, words: String) async throws {
        let authentication = Authentication { _ in .admit() }.rateLimit(limit)
        let raw = WebSocketRoute("/a", access: .authenticated(by: authentication)) { _, _ in }
        for route in [WebSocketRoute("/a", Guarded(authentication)), raw] {
            let server = WebSocketServer(host: "127.0.0.1", port: 0) { route }
            let error = await #expect(throws: ServerError.self) { try await server.start() }
            #expect(error?.message.contains("/a") == true && error?.message.contains(words) == true)
        }
    }

    private struct Called: WebSocketHandler {
        let access = Access.everyone
        let limit: RateLimit

        var methods: RPCMethods {
            RPCMethod("one") { _ in 1 }.rateLimit(limit)
        }
    }

    private struct Guarded: WebSocketHandler {
        let access: Access

        init(_ authentication: Authentication) { access = .authenticated(by: authentication) }
    }
}
