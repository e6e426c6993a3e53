import EventLoops
import Testing
import Webshocket

@Suite("Guarded calls", .timeLimit(.minutes(5)))
struct GuardedCallTests {
    /// An argument that counts how often it is read.
    struct Counted: Codable, Sendable {
        static let reads = Locked(0)

        init(from decoder: any Decoder) throws {
            Self.reads.withLock { $0 += 1 }
        }
    }

    struct Broken: Error {}

    struct Handler: WebSocketHandler {
        let access = Access.everyone

        func become(_ connection: Connection, attribute: String, value: WireValue) { connection[attribute] = value }
        func ok(_ connection: Connection) -> String { "ok" }
        func take(_ connection: Connection, counted: Counted) -> String { "ok" }
        func numbers(_ connection: Connection) -> AsyncStream<Int> { AsyncStream { $0.finish() } }

        var methods: RPCMethods {
            RPCMethod("become", become)
            RPCMethod("admin", ok).requires(Is("isAdmin") && !Is("isReadOnly"))
            RPCMethod("twice", ok).requires(Is("a")).requires(Is("b"))
            RPCMethod("counted", take).requires(Is("isAdmin")).rateLimit(1, per: "1h")
            RPCMethod("numbers", numbers).requires(Has("name"))
            RPCMethod("paid", ok).requires(Check("has paid") { _ in throw RPCError("pay first", code: 402) })
            RPCMethod("broken", ok).requires(Check("breaks") { _ in throw Broken() } || Is("isAdmin"))
            RPCMethods {
                RPCMethod("kick", ok)
                RPCMethod("ban", ok).requires(Is("isOwner"))
            }
            .requires(Is("isAdmin"))
        }
    }

    @Test("a method runs only for connections that satisfy its guard", arguments: PacketCodec.codecs)
    func guards(codec: PacketCodec) async throws {
        try await withServer(Handler()) { server in
            try await withClient(server.url, codec) { client in
                await #expect(throws: RPCError("Access denied for RPC method 'admin'.", code: .accessDenied)) {
                    let _: String = try await client.sendRPC("admin")
                }
                try await client.expect(.null, from: "become", "isAdmin", true)
                try await client.expect("ok", from: "admin")
                try await client.expect(.null, from: "become", "isReadOnly", true)
                try await client.expect(error: .accessDenied, from: "admin")
            }
            // The attribute belongs to the first connection only.
            try await withClient(server.url, codec) { client in
                try await client.expect(error: .accessDenied, from: "admin")
            }
        }
    }

    @Test("all guards of a method and of its group must hold")
    func several() async throws {
        try await withServer(Handler()) { server in
            try await withClient(server.url) { client in
                try await client.expect(.null, from: "become", "a", true)
                try await client.expect(error: .accessDenied, from: "twice")
                try await client.expect(.null, from: "become", "b", true)
                try await client.expect("ok", from: "twice")
                try await client.expect(.null, from: "become", "isOwner", true)
                try await client.expect(error: .accessDenied, from: "kick")
                try await client.expect(error: .accessDenied, from: "ban")
                try await client.expect(.null, from: "become", "isAdmin", true)
                try await client.expect("ok", from: "kick")
                try await client.expect("ok", from: "ban")
            }
        }
    }

    @Test("a refused call decodes no arguments and consumes no token")
    func refusedEarly() async throws {
        try await withServer(Handler()) { server in
            try await withClient(server.url) { client in
                for _ in 0..<3 { try await client.expect(error: .accessDenied, from: "counted", [:]) }
                #expect(Counted.reads.withLock { $0 } == 0)
                try await client.expect(.null, from: "become", "isAdmin", true)
                try await client.expect("ok", from: "counted", [:])
                try await client.expect(error: .rateLimited, from: "counted", [:])
                #expect(Counted.reads.withLock { $0 } == 1)
            }
        }
    }

    @Test("a refused stream is answered with its end packet")
    func stream() async throws {
        try await withServer(Handler()) { server in
            try await PlainPeer.connected(to: server.url) { peer in
                try await peer.request("numbers", id: "s")
                #expect(try await peer.response().ends("s", with: .accessDenied))
            }
        }
    }

    @Test("an error thrown by a guard is the error of its call, and other calls continue")
    func throwing() async throws {
        let lines = Collected<String>()
        var configuration = ServerConfiguration.quiet
        configuration.log = LogSink { _, line in lines.append(line) }
        try await withServer(Handler(), configuration) { server in
            try await withClient(server.url) { client in
                await #expect(throws: RPCError("pay first", code: 402)) {
                    let _: String = try await client.sendRPC("paid")
                }
                let response = try await client.response(to: "broken")
                #expect(response.error == .internalError)
                #expect(response.data.asString?.hasPrefix("Internal error (") == true)
                try await client.expect(.null, from: "become", "isAdmin", true)
            }
        }
        #expect(lines.values.count == 1)
        #expect(
            lines.values.first?.hasSuffix(#"the guard Check("breaks") || Is("isAdmin") failed: Broken()"#) == true)
    }

    /// A handler for members only. Clients become members with the query `member`.
    struct Closed: WebSocketHandler {
        let heard = Collected<WireValue>()

        var access: Access { .everyone.requires(Is("isMember")) }
        nonisolated(nonsending) func onConnect(_ connection: Connection) async throws {
            if connection.query == "member" { connection.isMember = true }
        }
        nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws {
            heard.append(packet.data ?? .null)
        }
        func ok(_ connection: Connection) -> String { "ok" }
        var methods: RPCMethods {
            RPCMethod("ok", ok)
            RPCMethod("admin", ok).requires(Is("isAdmin"))
        }
    }

    @Test("calls, unknown methods and packets pass the handler's guard first")
    func handlers() async throws {
        let handler = Closed()
        try await withServer(handler) { server in
            try await PlainPeer.connected(to: server.url) { stranger in
                for method in ["ok", "admin", "nope"] {
                    try await stranger.request(method, id: "x")
                    #expect(try await stranger.response()["error"]?.asInt == -32_002)
                }
                for message in [#"{"source":4,"data":"hello"}"#, "no packet"] {
                    try await stranger.send(message)
                    let refusal = try await stranger.response()
                    #expect(refusal["call_id"] == "" && refusal["error"]?.asInt == -32_002)
                }
            }
            try await PlainPeer.connected(to: server.url + "/?member") { member in
                try await member.request("ok", id: "x")
                #expect(try await member.response()["response"] == "ok")
                try await member.request("admin", id: "x")
                #expect(try await member.response()["error"]?.asInt == -32_002)
                try await member.request("nope", id: "x")
                #expect(try await member.response()["error"]?.asInt == -32_601)
                try await member.send("no packet")
                try await member.request("ok", id: "x")
                #expect(try await member.response()["response"] == "ok")
            }
        }
        #expect(handler.heard.values == ["no packet"])
    }

    /// Declares the guard without a type annotation.
    struct ClosedByConstant: WebSocketHandler {
        let access = Access.everyone.requires(Is("isMember"))

        func ok(_ connection: Connection) -> String { "ok" }
        var methods: RPCMethods { RPCMethod("ok", ok) }
    }

    struct ClosedByArray: WebSocketHandler {
        let roles: [String]

        var access: Access {
            let anyRole = AnyOf(roles.map { IsEqual("role", $0) })
            return .everyone.requires(Has("name") && anyRole)
        }
        func ok(_ connection: Connection) -> String { "ok" }
        var methods: RPCMethods { RPCMethod("ok", ok) }
    }

    @Test(
        "calls that fail the handler's guard are refused, however the guard is declared",
        arguments: [ClosedByConstant(), ClosedByArray(roles: ["host"]), ClosedByArray(roles: [])]
            as [any WebSocketHandler])
    func spellings(handler: any WebSocketHandler) async throws {
        try await withServer(handler) { server in
            try await withClient(server.url) { stranger in
                for method in ["ok", "nope"] { try await stranger.expect(error: .accessDenied, from: method) }
            }
        }
    }

    struct Open: WebSocketHandler { let access = Access.everyone }

    @Test("a handler without a guard has no requirement")
    func noGuard() throws {
        func requirement(_ handler: some WebSocketHandler) throws -> SessionCondition? {
            var limiter = RateLimiterBuilder()
            return try PacketService(handler, path: "/", limiter: &limiter).requirement
        }
        #expect(try requirement(Open()) == nil)
        #expect(try requirement(ClosedByConstant()) == .isTrue("isMember"))
    }
}
