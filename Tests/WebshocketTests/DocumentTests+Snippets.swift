import Foundation
import Testing
import Webshocket

// The Swift snippets of README.md that are compiled but not run.
extension DocumentTests {
    private func slowDigest(of text: String) -> Int { text.utf8.reduce(0) { $0 &* 31 &+ Int($1) } }

    func elsewhere(text: String) async -> Int {
        let digest = await withTaskExecutorPreference(globalConcurrentExecutor) { slowDigest(of: text) }
        return digest
    }

    func tls() async throws {
        struct CalculatorHandler: WebSocketHandler { let access = Access.everyone }
        var configuration = ServerConfiguration()
        configuration.tls = ServerTLS(
            certificateChain: .file("chain.pem"), privateKey: .file("key.pem"),
            clientCertificates: .optional(authorities: .file("clients.pem")))  // connection.clientCertificate says who
        let server = WebSocketServer(handler: CalculatorHandler(), configuration: configuration)
        try await server.start()
        try server.reloadTLS()  // new certificates for new connections; nobody is disconnected

        var trusting = ClientConfiguration()
        trusting.tls = ClientTLS(trustRoots: .only(.file("our-authority.pem")))  // else the system's
        let client = WebSocketClient("wss://localhost:5000", configuration: trusting)
        _ = client
    }

    func routes() async throws {
        struct CalculatorHandler: WebSocketHandler { let access = Access.everyone }
        let server = WebSocketServer(host: "0.0.0.0", port: 5000) {
            WebSocketRoute("/", CalculatorHandler())
            WebSocketRoute("/echo", access: .everyone) { connection, message in connection.send(message) }
            WebSocketRoute("/upper", access: .everyone, receiving: String.self) { connection, text in
                try connection.send(text.uppercased())
            }
            WebSocketRoute("/points", access: .everyone, receiving: Point.self) { connection, point in
                try connection.send(["x": point.y, "y": point.x])  // no packet here: JSON in a text message
            } onDisconnect: { connection, closure in
                print("\(connection.remoteAddress) has left: \(closure)")
            }
            WebSocketRoute("/mixed", access: .everyone) {
                OnText { connection, text in connection.send(text: text) }
                OnBinary { connection, bytes in connection.send(bytes: bytes) }
            }
        }
        try await server.serve()  // until SIGTERM, SIGINT or the task's cancellation; then it shuts down gracefully
    }

    func pages() async throws {
        struct ChatHandler: WebSocketHandler { let access = Access.everyone }
        struct Database {
            func isReachable() async throws -> Bool { true }
            func user(_ name: String) async throws -> [String: String] { ["name": name] }
        }
        let database = Database()
        // As the README has it:
        var configuration = ServerConfiguration()
        configuration.healthChecks?.isReady = { try await database.isReachable() }  // for /ready; /health is there too
        let server = WebSocketServer(host: "0.0.0.0", port: 5000, configuration: configuration) {
            WebSocketRoute("/", ChatHandler())
            StaticFiles("/", in: "public")  // /chat.css is public/chat.css, / is public/index.html
            JavaScriptClient("/webshocket.js")  // the client for browsers, and its types beside it
            HTTPRoute("/hello") { request in .html("<p>hello, \(request.isSecure ? "safe" : "open") world</p>") }
            HTTPRoute("/rooms") { request in try .json(["tea", "coffee"]) }
            HTTPRoute("/users") { request in
                guard let name = request.queryItems["name"] else { return .notFound }
                return try .json(await database.user(name))
            }
        }
        _ = server
    }

    func messages() {
        struct BoardHandler: WebSocketHandler {
            let access = Access.everyone

            func typing(_ connection: Connection, room: String) throws {}

            var messages: MessageHandlers {
                OnEvent("typing", typing)
                OnEvent("moved") { (connection: Connection, to: Point) in try connection.send(to, event: "seen") }
                OnEvent("ping") { connection, packet in try connection.reply("pong", to: packet) }
                OnText { connection, text in connection.send(text: text) }  // a text message that is no packet
                OnBinary { connection, bytes in connection.send(bytes: bytes) }
                OnJSON { (connection: Connection, point: Point) in try connection.send(json: point) }
            }
        }
        _ = WebSocketServer(handler: BoardHandler())
    }

    func streams(client: WebSocketClient) async throws {
        for try await tick in client.streamRPC("ticks", 5, as: Int.self) {
            print(tick)
        }
        try await client.notify("typing", "room 7")
    }

    func authentication() {
        struct Sessions: Sendable {
            func user(of text: String) async throws -> String? { text }
        }
        struct MembersHandler: WebSocketHandler {
            let sessions = Sessions()

            var access: Access {
                .authenticated { request in
                    guard let session = request.cookies["session"] else { return .awaitToken }
                    guard let user = try await sessions.user(of: session) else { return .refuse(.unauthorized) }
                    return .admit(userID: user, attributes: ["isModerator": .bool(user == "ann")])
                } token: { token, request in
                    guard let user = try await sessions.user(of: token) else { return .refuse(.unauthorized) }
                    return .admit(userID: user, expiresAfter: .seconds(3_600))  // then 1008, but for another token
                }
            }
        }
        _ = WebSocketServer(handler: MembersHandler())
    }

    func tokens() async throws {
        @Sendable func freshToken() async throws -> String { "" }
        // As the README has it:
        var configuration = ClientConfiguration()
        configuration.token = { try await freshToken() }
        let client = WebSocketClient("ws://localhost:5000", configuration: configuration)
        try await client.connect()
        try await client.authenticate(freshToken())
    }

    func reconnecting() async throws {
        @Sendable func freshToken() async throws -> HTTPHeaders { HTTPHeaders() }
        // As the README has it:
        var configuration = ClientConfiguration()
        configuration.reconnect = .exponential(base: .milliseconds(500), cap: .seconds(30))
        // Headers, asked for at each try:
        configuration.credentials = { try await freshToken() }
        // Done first on each connection:
        configuration.prepare = { client in try await client.sendRPC("login", "ann") }
        let client = WebSocketClient("ws://localhost:5000", configuration: configuration)
        let watching = client.observe { event in
            switch event {
            case .waiting(let pause, let attempt, let error): print("\(error); try \(attempt) in \(pause.duration)")
            case .restored(let restoration): print("hears of \(restoration.channels) again")
            default: break
            }
        }
        try await client.connect(retry: .exponential(attempts: 5))
        try await client.subscribe(to: "news.*")
        let total: Int = try await client.sendRPC("total", idempotent: true)
        _ = (watching, total)
    }

    func groups() async throws {
        let group = ClientGroup("ws://localhost:5000")
        try await group.client(at: "/prices").subscribe(to: "EUR.*")
        try await group.client(at: "/chat").send("hello")
        for await message in group.packets {
            print(message.path, message.packet.data ?? .null)
        }
    }

    func channels() {
        func goal(_ connection: Connection, match: String, team: String) throws {
            // All of them, or none.
            try connection.subscribe(to: "scores.\(match)", "news", "alerts.**")
            try connection.publish(team, to: "scores.\(match)", event: "goal", excluding: connection)
            try connection.publish("extra time", to: "news", "sport", where: IsEqual("team", team))
            // All connections of one user, and everyone on this path.
            try connection.hub.send("we scored!", toUser: "ann")
            try connection.hub.broadcast("a goal", where: Has("userID"))
            connection.unsubscribe(from: "news")
        }
    }

    func clientChannels(client: WebSocketClient) async throws {
        try await client.subscribe(to: "notices.**")
        let members = try await client.join("room.tea")
        try await client.publish("hello", to: "room.tea", event: "say")
        while let packet = try? await client.receive() {
            print(packet.channel ?? "", packet.event ?? "", packet.data ?? .null)
        }
        _ = members
    }

    func guards() {
        struct RoomHandler: WebSocketHandler {
            // For every call, including those of unknown methods, and for every other packet.
            let access = Access.everyone.requires(Has("userID")).rateLimit(100, per: "1s", burst: 300)

            func say(_ connection: Connection, text: String) throws {}
            func kick(_ connection: Connection, user: String) throws {}
            func ban(_ connection: Connection, user: String, reason: String?) throws {}

            var methods: RPCMethods {
                RPCMethod("say", say).rateLimit(RateLimit(5, per: "1s"), RateLimit(1_000, per: "1s", scope: .method))
                RPCMethods {
                    RPCMethod("kick", kick, parameters: "user")
                    RPCMethod("ban", ban, parameters: "user", "reason").requires(IsAtLeast(.level, 3))
                }
                .requires(Is("isModerator") && Check("is on duty") { $0.onDuty == true })
            }
        }
        _ = WebSocketServer(handler: RoomHandler())
    }

    func proxies() {
        struct CalculatorHandler: WebSocketHandler { let access = Access.everyone }
        var configuration = ServerConfiguration()
        configuration.trustedProxies = TrustedProxies(["10.0.0.0/8", "127.0.0.1"])  // by X-Forwarded-For
        let server = WebSocketServer(port: 5000, handler: CalculatorHandler(), configuration: configuration)
        _ = server
    }

    func clientProxy() {
        var configuration = ClientConfiguration()
        configuration.proxy = .http("http://ann:pass%20word@proxy.example:3128")  // or .none
        configuration.subprotocols = ["chat.v2"]
        _ = configuration
    }

    func byHand() async throws {
        let server = WebSocketServer(host: "127.0.0.1", port: 5000)
        try await server.start()
        let connection = try await server.accept()
        let packet = try await connection.receive()
        try connection.send(packet.data)
    }

    func calling() async throws {
        let client = WebSocketClient("ws://127.0.0.1:5000")
        try await client.connect()
        let sum: Int = try await client.sendRPC("add", 10, 20)
        _ = sum
    }

    @Test("Swift snippets of the README equal the code compiled here", arguments: try compiledSnippets())
    func snippet(_ snippet: String) throws {
        let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        let lines = snippet.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
        let name = try #require(snippet.prefixMatch(of: /(\w+) -->/)?.1)
        let indented = lines.dropFirst().map { $0.isEmpty ? "" : "        \($0)" }.joined(separator: "\n")
        let function = try #require(source.split(separator: "    func \(name)(").last, "no function has \(name)")
        #expect(function.contains(indented))
    }

    /// Each name and code block after `<!-- compiled: `, without the closing fence.
    private static func compiledSnippets() throws -> [String] {
        try Transcript.document("README.md").split(separator: "<!-- compiled: ").dropFirst()
            .compactMap { $0.split(separator: "\n```\n").first.map(String.init) }
    }
}

extension SessionKey<Int> {
    fileprivate static let level = SessionKey("level")
}
