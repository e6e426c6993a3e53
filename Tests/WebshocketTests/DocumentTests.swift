import Foundation
import Testing
import Webshocket

@Suite("The documents", .timeLimit(.minutes(1)))
struct DocumentTests {
    @Test(
        "of the protocol say what a server does", arguments: try Transcript.all(in: Transcript.document("Protocol.md")))
    func transcript(_ transcript: Transcript) async throws {
        try await withServer(routes: {
            Route("/", SampleHandler())
            Route("/members", Members())
        }) { server in
            switch transcript.wire {
            case .http: try await playHTTP(transcript, port: server.port)
            case .json: try await play(transcript, server.url(path: transcript.path)) { .text($0) }
            case .messagePack: try await playMessagePack(transcript, port: server.port)
            }
        }
    }

    private func play(_ transcript: Transcript, _ url: String, as message: (String) -> Message) async throws {
        let client = WebSocketClient(once: url, configuration: .raw)
        try await client.connect()
        for exchange in transcript.exchanges {
            for line in exchange.sent { try await client.send(message(line)) }
            for line in exchange.received {
                guard line.hasPrefix("close ") else {
                    #expect(try await client.receiveMessage() == message(line))
                    continue
                }
                let error = await #expect(throws: ClientError.self) { try await client.receiveMessage() }
                #expect(error?.closure.map { "close \($0)" } == line)
            }
        }
        await client.close()
    }

    private func playHTTP(_ transcript: Transcript, port: Int) async throws {
        for exchange in transcript.exchanges {
            let peer = try await RawPeer(port: port)
            peer.send(exchange.sent.map { "\($0)\r\n" }.joined())
            let expected = exchange.received.map { "\($0)\r\n" }.joined()
            let bytes = await peer.received { $0.count >= expected.utf8.count }
            // A body may follow.
            #expect(String(decoding: bytes, as: UTF8.self).hasPrefix(expected))
            peer.close()
        }
    }

    /// A client that speaks raw messages offers no sub-protocol; here it has to.
    private func playMessagePack(_ transcript: Transcript, port: Int) async throws {
        let peer = try await RawPeer(port: port)
        peer.send(RawFrame.upgrade.dropLast() + "Sec-WebSocket-Protocol: webshocket.v1\r\n\r\n")
        let end = Array("\r\n\r\n".utf8)
        var read = await peer.received { $0.firstRange(of: end) != nil }.firstRange(of: end)?.upperBound ?? 0
        for exchange in transcript.exchanges {
            for line in exchange.sent { peer.send(RawFrame.masked(2, line.bytesFromHex)) }
            for line in exchange.received {
                let expected = [0x82, UInt8(line.bytesFromHex.count)] + line.bytesFromHex
                let from = read
                let bytes = await peer.received { $0.count >= from + expected.count }
                #expect(Array(bytes[from...].prefix(expected.count)) == expected)
                read += expected.count
            }
        }
        peer.close()
    }

    @Test("have enough transcripts that a broken reader of them would show")
    func count() throws {
        let transcripts = try Transcript.all(in: Transcript.document("Protocol.md"))
        #expect(transcripts.count >= 6)
        #expect(transcripts.allSatisfy { !$0.exchanges.isEmpty && $0.exchanges.allSatisfy { !$0.received.isEmpty } })
    }

    @Test("show the Calculator as it is")
    func calculator() throws {
        let readme = try Transcript.document("README.md")
        let source = try Transcript.document("Examples/Calculator/Calculator.swift")
        #expect(readme.contains("<!-- Examples/Calculator/Calculator.swift -->\n```swift\n\(source)```\n"))
    }

    @Test("show parts of the examples as they are", arguments: [("Auction", 3), ("Rooms", 1)])
    func parts(of example: String, count: Int) throws {
        let source = try Transcript.document("Examples/\(example)/\(example).swift")
        let marker = "<!-- part of Examples/\(example)/\(example).swift -->\n```swift\n"
        let parts = try Transcript.document("README.md").split(separator: marker).dropFirst()
        #expect(parts.count == count)
        for part in parts {
            let shown = try #require(part.split(separator: "```").first)
            #expect(source.contains(shown), "\(shown)")
        }
    }

    @Test("show the proxies' configurations as they are tested", arguments: [("nginx.conf", 1), ("haproxy.cfg", 2)])
    func proxies(file: String, count: Int) throws {
        let source = try Transcript.document("Tests/Proxies/\(file)")
        let marker = "<!-- part of Tests/Proxies/\(file) -->\n```"
        let parts = try Transcript.document("README.md").split(separator: marker).dropFirst()
        #expect(parts.count == count)
        for part in parts {
            let shown = try #require(part.drop { $0 != "\n" }.dropFirst().split(separator: "```").first)
            #expect(shown.count > 50 && source.contains(shown), "\(shown)")
        }
    }

    @Test("state the limits' defaults as they are")
    func limits() throws {
        let readme = try Transcript.document("README.md")
        let (limits, timeouts) = (Limits(), Timeouts())
        let rows = [
            "| \(limits.requestLine / 1_024) KiB, \(limits.headerBlock / 1_024) KiB, \(limits.headerCount) |",
            "`messageSize`, joined and inflated | \(limits.messageSize / 1_048_576) MiB",
            "`replySize` | \(limits.replySize / 1_048_576) MiB", "| \(limits.depth), 65,536 |",
            "`outboundQueue` of a connection | \(limits.outboundQueue / 1_048_576) MiB",
            "`callsInFlight` of a connection | \(limits.callsInFlight) |",
            "`streams` of a connection | \(limits.streams) |",
            "`subscriptions` and rooms of a connection | \(limits.subscriptions);",
            "`channelName`, `wildcards` of a pattern | \(limits.channelName) bytes, \(limits.wildcards) |",
            "`rateBuckets` of users and addresses | \(limits.rateBuckets / 1_000),000 |",
            "`handshake` | \(timeouts.handshake.components.seconds) s",
            "`keepAlive` between an answer and the next request | \(timeouts.keepAlive.components.seconds) s",
            "`page` for a page's closure, or for finding a file | \(timeouts.page.components.seconds) s",
            "`sending` without a byte of an answer being read | \(timeouts.sending.components.seconds) s",
            "`authentication` | \(timeouts.authentication.components.seconds) s",
            "one at a time, \(AuthenticationMachine.renewals) a minute",
            "`close` | \(timeouts.close.components.seconds) s",
            "`shutdown` | \(timeouts.shutdown.components.seconds) s",
            Self.row(timeouts.heartbeat, "close 1011"),
            Self.row(ClientConfiguration().heartbeat, "the connection ends"),
        ]
        for row in rows { #expect(readme.contains(row), "\(row)") }
        #expect(readme.contains("`streamWindow` of a stream | \(ClientConfiguration().streamWindow) elements"))
        #expect(limits.elements == 65_536 && limits.fragments == 65_536)
    }

    private static func row(_ heartbeat: Heartbeat?, _ end: String) -> String {
        guard let heartbeat else { return "no heartbeat" }
        let times = [heartbeat.interval, heartbeat.timeout].map { "\($0.components.seconds) s" }
        let missed = "\(heartbeat.missedPings) ping missed; nil for none"
        return "`heartbeat` | a ping each \(times[0]), a sign of life within \(times[1]), \(missed) | \(end)"
    }

    @Test("call the server from a browser's console as they say")
    func console() async throws {
        let readme = try Transcript.document("README.md")
        let packet = #"{ source: 5, rpc: { type: "request", method: "add", args: [10, 20] } }"#
        #expect(readme.contains("JSON.stringify(\(packet))"))
        try await withServer(SampleHandler()) { server in
            let client = WebSocketClient(once: server.url, configuration: .raw)
            try await client.connect()
            try await client.send(.text(#"{"source":5,"rpc":{"type":"request","method":"add","args":[10,20]}}"#))
            let message = try await client.receiveMessage()
            let answer = try message.asText
            #expect(answer.contains(#""response":30,"#))
            await client.close()
        }
    }

    // The README's other Swift, compiled as it stands there.
    private func slowDigest(of text: String) -> Int { text.utf8.reduce(0) { $0 &* 31 &+ Int($1) } }

    func elsewhere(text: String) async -> Int {
        let digest = await withTaskExecutorPreference(globalConcurrentExecutor) { slowDigest(of: text) }
        return digest
    }

    func tls() async throws {
        struct CalculatorHandler: WebSocketHandler {}
        var configuration = ServerConfiguration()
        configuration.tls = ServerTLS(
            certificateChain: .file("chain.pem"), privateKey: .file("key.pem"),
            clientCertificates: .optional(authorities: .file("clients.pem")))  // connection.clientCertificate says who
        let server = WebSocketServer(handler: CalculatorHandler(), configuration: configuration)
        try await server.start()
        try server.reloadTLS()  // new certificates for new connections; nobody is disconnected

        var trusting = ClientConfiguration()
        trusting.tls = ClientTLS(authorities: .only(.file("our-authority.pem")))  // else the system's
        let client = WebSocketClient("wss://localhost:5000", configuration: trusting)
        _ = client
    }

    func routes() async throws {
        struct CalculatorHandler: WebSocketHandler {}
        let server = WebSocketServer(host: "0.0.0.0", port: 5000) {
            Route("/", CalculatorHandler())
            Route("/echo") { connection, message in connection.send(message) }
            Route("/upper", receiving: String.self) { connection, text in try connection.send(text.uppercased()) }
            Route("/points", receiving: Point.self) { connection, point in
                try connection.send(["x": point.y, "y": point.x])  // no packet here: JSON in a text message
            } onDisconnect: { connection, closure in
                print("\(connection.remoteAddress) has left: \(closure)")
            }
            Route("/mixed") {
                OnText { connection, text in connection.send(text: text) }
                OnBinary { connection, bytes in connection.send(bytes: bytes) }
            }
        }
        try await server.run()  // until SIGTERM, SIGINT or the task's cancellation; then it shuts down gracefully
    }

    func pages() async throws {
        struct ChatHandler: WebSocketHandler {}
        struct Database {
            func isReachable() async throws -> Bool { true }
            func user(_ name: String) async throws -> [String: String] { ["name": name] }
        }
        let database = Database()
        // As the README has it:
        var configuration = ServerConfiguration()
        configuration.healthChecks?.isReady = { try await database.isReachable() }  // for /ready; /health is there too
        let server = WebSocketServer(host: "0.0.0.0", port: 5000, configuration: configuration) {
            Route("/", ChatHandler())
            Files("/", in: "public")  // /chat.css is public/chat.css, / is public/index.html
            JavaScriptClient("/webshocket.js")  // the client for browsers, and its types beside it
            Page("/hello") { request in .html("<p>hello, \(request.isSecure ? "safe" : "open") world</p>") }
            Page("/rooms") { request in try .json(["tea", "coffee"]) }
            Page("/users") { request in
                guard let name = request.queryItems["name"] else { return .notFound }
                return try .json(await database.user(name))
            }
        }
        _ = server
    }

    func messages() {
        struct BoardHandler: WebSocketHandler {
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

            var authentication: Authentication? {
                Authentication { request in
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
        configuration.prepare = { client in try await client.sendRPC("login", "ann").check() }
        let client = WebSocketClient("ws://localhost:5000", configuration: configuration)
        let watching = client.observe { event in
            switch event {
            case .waiting(let until, let attempt, let error): print("\(error); try \(attempt) at \(until)")
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
            // For all that the handler hears: calls, those of unknown methods too, and packets.
            let requirement = Has("userID")
            let rateLimits = [RateLimit(100, per: "1s", burst: 300)]

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
        struct CalculatorHandler: WebSocketHandler {}
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

    @Test(
        "show Swift as it is compiled here",
        arguments: [
            "guards", "byHand", "routes", "elsewhere", "streams", "messages", "channels", "clientChannels",
            "reconnecting", "groups", "pages", "proxies", "clientProxy", "tls", "authentication", "tokens",
        ])
    func snippet(name: String) throws {
        let readme = try Transcript.document("README.md")
        let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        let behind = try #require(readme.split(separator: "<!-- compiled: \(name) -->\n```swift\n").last)
        let snippet = try #require(behind.split(separator: "```").first)
        let lines = snippet.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
        let indented = lines.map { $0.isEmpty ? "" : "        \($0)" }.joined(separator: "\n")
        #expect(source.contains(indented))
    }

    @Test("have the sections that the code points to")
    func sections() throws {
        let text = try Transcript.document("Protocol.md")
        let headings = text.split(separator: "\n").filter { $0.hasPrefix("#") }
            .map { String($0.drop { $0 == "#" || $0 == " " }) }
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources")
        let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
        var references = 0
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "swift" else { continue }
            for part in try String(contentsOf: file, encoding: .utf8).split(separator: "Protocol.md, \"").dropFirst() {
                let heading = String(part.prefix { $0 != "\"" })
                #expect(headings.contains(heading), "\(file.lastPathComponent): \(heading)")
                references += 1
            }
        }
        #expect(references > 10)
    }
}

extension SessionKey<Int> {
    fileprivate static let level = SessionKey("level")
}
