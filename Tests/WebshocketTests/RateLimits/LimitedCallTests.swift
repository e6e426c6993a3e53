import Testing
import Webshocket

@Suite("A limited call", .timeLimit(.minutes(5)))
struct LimitedCallTests {
    /// The periods are an hour long, so that no test depends on its speed.
    struct Handler: WebSocketHandler {
        func ok(_ connection: Connection) -> String { "ok" }
        func sum(_ connection: Connection, a: Int, b: Int) -> Int { a + b }
        func become(_ connection: Connection, user: String) { connection.userID = user }

        let access = Access.everyone.rateLimit(3, per: "1h")
        var methods: RPCMethods {
            RPCMethod("become", become).rateLimit(1_000, per: "1s")
            RPCMethod("plain", ok)
            RPCMethod("other", ok)
            RPCMethod("five", ok).rateLimit(5, per: .seconds(3_600))
            RPCMethod("hard", ok).rateLimit(1, per: "1h", onExceeded: .disconnect)
            RPCMethod("both", ok).rateLimit(RateLimit(2, per: "1h"), RateLimit(1, per: "1h", scope: .method))
            RPCMethod("sum", sum).rateLimit(2, per: "1h")
            RPCMethod("byAddress", ok).rateLimit(2, per: "1h", scope: .address)
            RPCMethod("byUser", ok).rateLimit(2, per: "1h", scope: .user)
            RPCMethod("everyone", ok).rateLimit(2, per: "1h", scope: .server)
            RPCMethod("tried", ok).rateLimit(1, per: "1h", isDryRun: true)
            RPCMethod("free", ok).rateLimit(1_000_000, per: "1s")
        }
    }

    private func withClients(_ body: (WebSocketClient, WebSocketClient) async throws -> Void) async throws {
        try await withServer(routes: {
            WebSocketRoute("/", Handler()); WebSocketRoute("/second", Handler())
        }) { server in
            try await withClient(server.url) { one in
                try await withClient(server.url(path: "/second")) { two in try await body(one, two) }
            }
        }
    }

    @Test("passes up to its limit, then is refused with a retry time", arguments: PacketCodec.codecs)
    func limit(codec: PacketCodec) async throws {
        try await withServer(Handler()) { server in
            try await withClient(server.url, codec) { client in
                for _ in 0..<5 { try await client.expect("ok", from: "five") }
                let response = try await client.response(to: "five")
                #expect(response.error == .rateLimited && response.isEnd)
                #expect(response.data == "Rate limit exceeded for RPC method 'five'.")
                let retryAfter = try #require(response.retryAfter)
                #expect(retryAfter > .seconds(660) && retryAfter <= .seconds(720))
                try await client.expect(error: nil, from: "free")
            }
            // Each connection has its own bucket.
            try await withClient(server.url, codec) { client in try await client.expect("ok", from: "five") }
        }
    }

    @Test("closes the connection without a response if the limit requires it")
    func disconnect() async throws {
        try await withServer(Handler()) { server in
            try await PlainPeer.connected(to: server.url) { peer in
                try await peer.request("hard", id: "1")
                #expect(try await peer.response()["response"] == "ok")
                try await peer.request("hard", id: "2")
                let error = await #expect(throws: ClientError.self) { try await peer.response() }
                #expect(error?.closure?.code == .tryAgainLater)
                #expect(error?.closure?.reason == "Rate limit exceeded")
            }
        }
    }

    @Test("counts against the handler's limits if it has none, as do unknown methods and packets")
    func defaults() async throws {
        try await withServer(Handler()) { server in
            try await PlainPeer.connected(to: server.url) { peer in
                try await peer.request("plain", id: "1")
                #expect(try await peer.response()["response"] == "ok")
                try await peer.request("nope", id: "2")
                #expect(try await peer.response()["error"]?.asInt == -32_601)
                try await peer.send(#"{"source":4,"data":1}"#)
                #expect(try await peer.response()["code"]?.asInt == -32_700)
                for method in ["plain", "other", "nope"] {
                    try await peer.request(method, id: "3")
                    #expect(try await peer.response()["error"]?.asInt == -32_000)
                }
                for message in [#"{"source":4,"data":1}"#, "no packet"] {
                    try await peer.send(message)
                    let refusal = try await peer.response()
                    #expect(refusal["error"]?.asInt == -32_000 && refusal["retry_after"] != nil)
                }
                // Methods of the protocol, and methods with their own limits, are still admitted.
                try await peer.request("__abort__", "3", id: nil)
                try await peer.request("five", id: "4")
                #expect(try await peer.response()["response"] == "ok")
            }
        }
    }

    @Test("that is refused by one of several limits is charged to none of them")
    func several() async throws {
        try await withServer(Handler()) { server in
            try await withClient(server.url) { one in
                try await withClient(server.url) { two in
                    try await one.expect("ok", from: "both")
                    for _ in 0..<3 { try await two.expect(error: .rateLimited, from: "both") }
                    #expect(server.rateLimits.filter { $0.method == "both" }.map(\.exceeded) == [0, 3])
                }
            }
        }
    }

    @Test("takes a token even if its arguments are invalid")
    func wrongArguments() async throws {
        try await withServer(Handler()) { server in
            try await withClient(server.url) { client in
                try await client.expect(error: .invalidParameters, from: "sum", 1)
                try await client.expect(3, from: "sum", 1, 2)
                try await client.expect(error: .rateLimited, from: "sum", 1)
            }
        }
    }

    @Test("limited by address or user does not get a new bucket by reconnecting")
    func reconnecting() async throws {
        try await withServer(Handler()) { server in
            for (method, isFirst) in [("byAddress", true), ("byAddress", false), ("byUser", true), ("byUser", false)] {
                try await withClient(server.url) { client in
                    try await client.expect(.null, from: "become", "ann")
                    for _ in 0..<2 { try await client.expect(error: isFirst ? nil : .rateLimited, from: method) }
                }
            }
            try await withClient(server.url) { client in
                try await client.expect(.null, from: "become", "bob")
                try await client.expect("ok", from: "byUser")
                try await client.expect(error: .rateLimited, from: "byAddress")
            }
        }
    }

    @Test("limited for the whole server is counted on all paths together")
    func wholeServer() async throws {
        try await withClients { one, two in
            try await one.expect("ok", from: "everyone")
            try await two.expect("ok", from: "everyone")
            try await one.expect(error: .rateLimited, from: "everyone")
            try await two.expect(error: .rateLimited, from: "everyone")
            // A limit with the scope of a method counts the calls of that method on one handler only.
            try await one.expect("ok", from: "both")
            try await two.expect("ok", from: "both")
        }
    }

    @Test("that exceeds a limit in a dry run is counted and not refused")
    func dryRun() async throws {
        try await withServer(Handler()) { server in
            try await withClient(server.url) { client in
                for _ in 0..<4 { try await client.expect("ok", from: "tried") }
                let statistics = try #require(server.rateLimits.first { $0.method == "tried" })
                #expect(statistics.exceeded == 3 && statistics.isDryRun)
                #expect(statistics.limit == "1 per 1h for each connection")
            }
        }
    }

    @Test("has a limit with a period from a literal, a string, a duration or a number of units")
    func periods() {
        let text = "1h"
        let limits = [
            RateLimit(1, per: "1h"), RateLimit(1, per: RatePeriod(text)), RateLimit(1, per: .seconds(3_600)),
            RateLimit(1, per: .minutes(60)), RateLimit(1, per: .hours(1)),
        ]
        #expect(Set(limits.map(\.description)) == ["1 per 1h for each connection"])
        #expect(RateLimit(1, per: .days(1)).description == "1 per 1d for each connection")
        #expect(limits.allSatisfy { $0.fault == nil })
        #expect(RateLimit(1, per: RatePeriod("soon")).fault != nil)
        #expect(RateLimit(1, per: .days(Int.max)).fault != nil)
    }

    struct Bad: WebSocketHandler {
        let limit: RateLimit
        var ownLimits: [RateLimit] = []
        var access: Access { .everyone.rateLimits(ownLimits) }
        func ok(_ connection: Connection) -> String { "ok" }
        var methods: RPCMethods { RPCMethod("search", ok).rateLimit(limit) }
    }

    @Test(
        "with an invalid limit prevents the server from starting, with an error that names the method",
        arguments: [
            (RateLimit(5, per: "1x"), "period must be a positive integer and a unit"),
            (RateLimit(5, per: .zero), "period must be 1ms to 366d (got 0ms)"),
            (RateLimit(0, per: "1s"), "calls must be 1 to 1000000000 (got 0)"),
            (RateLimit(5, per: "1s", cost: 6), "cost must be 1 to the burst of 5 (got 6)"),
        ])
    func badLimits(limit: RateLimit, fault: String) async throws {
        for (handler, owner) in [
            (Bad(limit: limit), "search"), (Bad(limit: RateLimit(1, per: "1s"), ownLimits: [limit]), "/"),
        ] {
            let server = WebSocketServer(port: 0, handler: handler, configuration: .quiet)
            let error = await #expect(throws: ServerError.self) { try await server.start() }
            #expect(error?.message.contains("rate limit of '\(owner)'") == true)
            #expect(error?.message.contains(fault) == true)
        }
    }
}
