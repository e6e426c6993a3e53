import Foundation
import Testing
import Webshocket

// The Swift snippets of the articles about channels, authentication, clients and deployment, which are
// compiled but not run.
extension DocumentTests {
    func rules() {
        struct Chat: WebSocketHandler {
            let access = Access.everyone

            // Checks and changes an event that a member publishes, instead of passing it on unchanged.
            func say(_ connection: Connection, channel: Channel, text: String) throws {
                guard text.count <= 500 else {
                    throw RPCError("the text is too long", code: 4001, data: ["limit": 500])
                }
                let line = ["from": connection.userID ?? "guest", "text": text]
                try channel.publish(line, event: "said", excluding: connection)
            }

            func onJoin(_ connection: Connection, room: Room) async {
                if room["topic"] == nil { room["topic"] = "tea" }  // until the last member leaves
                try? connection.send(room["topic"] ?? .null, event: "topic")
            }

            var channels: ChannelRules {
                ChannelRule("room.*").requires(Has("userID")).announcesMembers().on("say", say).rateLimit(5, per: "1s")
                ChannelRule("team.*").admits { connection, channel in channel.name == "team.\(connection.team ?? "")" }
                ChannelRule("drafts.*").requires(Has("userID")).allowsPublishing()
                ChannelRule("news.**")
            }
        }
        _ = WebSocketServer(handler: Chat())
    }

    func clientRooms(client: WebSocketClient) async throws {
        let members = try await client.join("room.tea")
        print(members.map { $0.user ?? "guest \($0.id)" }, members.first { $0.isYou } ?? "")

        try await client.publish("hello", to: "room.tea", event: "say")
        let current = try await client.members(of: "room.tea")  // asks the server again

        for try await packet in client.packets where packet.channel == "room.tea" {
            switch packet.membership {
            case .joined(let member): print(member.user ?? "a guest", "is here")
            case .left(let member): print(member.user ?? "a guest", "has left")
            case nil: print(packet.event ?? "", packet.data ?? .null)
            }
        }
        _ = current
    }

    func publishing() {
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

    func outside() async throws {
        struct Chat: WebSocketHandler { let access = Access.everyone }
        let server = WebSocketServer(port: 5000) {
            WebSocketRoute("/", Chat())
            HTTPRoute("/announce") { request in
                try request.server?.hub.publish(request.queryItems["text"] ?? "", to: "news.all", event: "announcement")
                return .text("published\n")
            }
        }
        let ticker = Task {
            while true {
                try await Task.sleep(for: .seconds(60))
                try server.hub.publish(Date.now, to: "news.time")
                print(server.hub.room("room.tea").members.compactMap(\.userID), server.hub.users, server.hub.rooms)
            }
        }
        try await server.serve()
        ticker.cancel()
    }

    func cookieOrToken() {
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
                    return .admit(userID: user, expiresAfter: .seconds(3_600))  // then another token is needed
                }
            }
        }
        _ = WebSocketServer(handler: MembersHandler())
    }

    func renewingTokens() async throws {
        @Sendable func freshToken() async throws -> String { "" }
        // The snippet:
        var configuration = ClientConfiguration()
        configuration.token = { try await freshToken() }
        let client = WebSocketClient("ws://localhost:5000", configuration: configuration)
        try await client.connect()
        try await client.authenticate(freshToken())  // only needed to change the user now
    }

    func passwordLogin() {
        struct Door: WebSocketHandler {
            let access = Access.everyone

            func login(_ connection: Connection, name: String, password: String) throws {
                guard password == "sesame" else { throw RPCError("wrong name or password", code: 4010) }
                connection.userID = name
            }

            func secret(_ connection: Connection) -> String { "the treasure is behind the door" }

            var methods: RPCMethods {
                RPCMethod("login", login).rateLimit(5, per: "1m", scope: .address)
                RPCMethod("secret", secret).requires(Has("userID"))
            }
        }
        _ = WebSocketServer(handler: Door())
    }

    func firstCall() async throws {
        let client = WebSocketClient("ws://127.0.0.1:5000")
        try await client.connect()
        let sum: Int = try await client.sendRPC("add", 10, 20)
        _ = sum
    }

    func forms(client: WebSocketClient) async throws {
        let sum: Int = try await client.sendRPC("add", 10, 20)  // by position
        let half: Double = try await client.sendRPC("divide", named: ["a": 7])  // by name
        try await client.sendRPC("login", "ann", "sesame", timeout: .seconds(5))  // the result is not needed
        try await client.notify("typing", "room 7")  // no response, so no error either
        let total: Int = try await client.sendRPC("total", idempotent: true)  // may run twice; sent again if needed
        let response = try await client.response(to: "add", 10, 20)  // the whole response, error or not
        for try await tick in client.streamRPC("ticks", 5, as: Int.self) { print(tick) }
        _ = (sum, half, total, response)
    }

    func handling(client: WebSocketClient) async throws {
        do {
            let price: Int = try await client.sendRPC("bid", 120)
            print("the price is now", price)
        } catch let error as RPCError {
            // The server responded with an error.
            switch error.code {
            case 4001: print("too low; the price is", error.data?["price"] ?? .null)
            case .accessDenied: print("please log in")
            case .rateLimited: print("wait for", error.retryAfter ?? .zero)
            default: print(error.message)
            }
        } catch let error as ClientError {
            // No response arrived.
            switch error.delivery {
            case .notSent: print("safe to call again:", error)
            case .maybeExecuted: print("the method may have run:", error)
            case nil: print(error)
            }
        }
    }

    func survivingLosses() async throws {
        @Sendable func freshToken() async throws -> String { "" }
        var observation: ClientObservation?
        // The snippet:
        var configuration = ClientConfiguration()
        configuration.reconnect = .exponential(base: .milliseconds(500), cap: .seconds(30))
        // Headers, requested for each attempt:
        configuration.credentials = {
            var headers = HTTPHeaders()
            try headers.add(name: "Authorization", value: "Bearer \(await freshToken())")
            return headers
        }
        // Done first on each connection:
        configuration.prepare = { client in try await client.sendRPC("login", "ann") }
        let client = WebSocketClient("ws://localhost:5000", configuration: configuration)
        observation = client.observe { event in  // a property of yours
            switch event {
            case .waiting(let delay, let attempt, let error): print("\(error); attempt \(attempt) in \(delay.duration)")
            case .restored(let restoration): print("subscribed to \(restoration.channels) again")
            default: break
            }
        }
        try await client.connect(retry: .exponential(attempts: 5))
        try await client.subscribe(to: "news.*")
        let total: Int = try await client.sendRPC("total", idempotent: true)
        _ = (observation, total)
    }

    func receivingPackets(client: WebSocketClient) async throws {
        try await client.subscribe(to: "notices.**")
        let members = try await client.join("room.tea")
        try await client.publish("hello", to: "room.tea", event: "say")
        while let packet = try? await client.receive() {
            print(packet.channel ?? "", packet.event ?? "", packet.data ?? .null)
        }
        _ = members
    }

    func groupOfClients() async throws {
        let group = ClientGroup("ws://localhost:5000")
        try await group.client(at: "/prices").subscribe(to: "EUR.*")
        try await group.client(at: "/chat").send("hello")
        for await message in group.packets {
            print(message.path, message.packet.data ?? .null)
        }
    }

    func rawClient() async throws {
        let client = RawWebSocketClient("ws://127.0.0.1:5000/echo")
        try await client.connect()
        try await client.send(.text("hello"))
        for try await message in client.messages {
            print(message)
        }
    }

    func servingPages() async throws {
        struct ChatHandler: WebSocketHandler { let access = Access.everyone }
        struct Database {
            func isReachable() async throws -> Bool { true }
            func user(_ name: String) async throws -> [String: String] { ["name": name] }
        }
        let database = Database()
        // The snippet:
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

    func origins() {
        var configuration = ServerConfiguration()
        configuration.origins = .allow(["https://example.org", "https://*.example.org"])
        _ = configuration
    }

    func servingTLS() async throws {
        struct CalculatorHandler: WebSocketHandler { let access = Access.everyone }
        var configuration = ServerConfiguration()
        configuration.tls = ServerTLS(
            certificateChain: .file("chain.pem"), privateKey: .file("key.pem"),
            clientCertificates: .optional(authorities: .file("clients.pem")))  // then see connection.clientCertificate
        let server = WebSocketServer(handler: CalculatorHandler(), configuration: configuration)
        try await server.start()
        try server.reloadTLS()  // new certificates for new connections; open connections stay

        var trusting = ClientConfiguration()
        trusting.tls = ClientTLS(trustRoots: .only(.file("our-authority.pem")))  // else the system's
        let client = WebSocketClient("wss://localhost:5000", configuration: trusting)
        _ = client
    }

    func trustingProxies() {
        struct CalculatorHandler: WebSocketHandler { let access = Access.everyone }
        var configuration = ServerConfiguration()
        configuration.trustedProxies = TrustedProxies(["10.0.0.0/8", "127.0.0.1"])  // by X-Forwarded-For
        let server = WebSocketServer(port: 5000, handler: CalculatorHandler(), configuration: configuration)
        _ = server
    }

    func throughProxies() {
        var configuration = ClientConfiguration()
        configuration.proxy = .http("http://ann:pass%20word@proxy.example:3128")  // or .none
        configuration.subprotocols = ["chat.v2"]
        _ = configuration
    }

    func settingLimits() {
        var configuration = ServerConfiguration()
        configuration.limits = ServerLimits(messageSize: 4_194_304, callsInFlight: 32, connectionsPerAddress: 50)
        configuration.limits.streams = 4
        configuration.timeouts.heartbeat = Heartbeat(interval: .seconds(10), timeout: .seconds(5))
        _ = configuration
    }

    func deploying() async throws {
        struct BoardHandler: WebSocketHandler { let access = Access.everyone }
        var configuration = ServerConfiguration()
        configuration.timeouts.shutdown = .seconds(15)
        configuration.shutdownAdvice = .reconnect(within: .milliseconds(500) ... .seconds(5))
        configuration.limits = ServerLimits(connections: 50_000, connectionsPerAddress: 100)
        let server = WebSocketServer(
            host: "0.0.0.0", port: 5000, handler: BoardHandler(), configuration: configuration)
        try await server.serve { print("ready at \(server.url)") }
    }

    func statistics(server: WebSocketServer) {
        let statistics = server.statistics
        print(statistics, server.hub.statistics, server.rateLimits, LogSink.droppedLines)
    }
}
