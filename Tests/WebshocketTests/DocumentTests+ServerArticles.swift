import Foundation
import Testing
import Webshocket

// The Swift snippets of the articles about handlers, guards, rate limits and streams, which are
// compiled but not run.
extension DocumentTests {
    func landing() {
        final class Calculator: WebSocketHandler {
            let access = Access.everyone

            func add(_ connection: Connection, a: Double, b: Double) -> Double { a + b }

            var methods: RPCMethods { RPCMethod("add", add) }
        }
        _ = WebSocketServer(handler: Calculator())
    }

    func registering() {
        struct Shop: WebSocketHandler {
            let access = Access.everyone

            struct Order: Codable, Sendable {
                var article: String
                var pieces: Int
            }

            func price(_ connection: Connection, article: String, pieces: Int) throws -> Decimal {
                guard pieces > 0 else { throw RPCError("pieces must be at least 1", code: 4000, data: ["minimum": 1]) }
                return Decimal(pieces) * 19.99
            }

            func order(_ connection: Connection, order: Order) async throws -> [String: Int] {
                [order.article: order.pieces]
            }

            var methods: RPCMethods {
                RPCMethod("price", price, parameters: "article", Parameter("pieces", default: 1))
                RPCMethod("order", order)
                RPCMethod("now") { (_: Connection) in Date.now }
            }
        }
        _ = WebSocketServer(handler: Shop())
    }

    func refusing() {
        func withdraw(_ connection: Connection, amount: Int) throws -> Int {
            let balance = connection.balance ?? 0
            guard amount <= balance else {
                throw RPCError("the balance is too low", code: 4002, data: ["balance": .int(Int64(balance))])
            }
            return balance - amount
        }
    }

    func leavingTheLoop(text: String) async -> Int {
        func slowDigest(of text: String) -> Int { text.utf8.count }
        let digest = await withTaskExecutorPreference(globalConcurrentExecutor) { slowDigest(of: text) }
        return digest
    }

    func coming() {
        struct Lobby: WebSocketHandler {
            let access = Access.everyone

            func onConnect(_ connection: Connection, request: HTTPRequest) async throws {
                guard request.queryItems["version"] == "2" else {
                    throw ConnectionClosure(.policyViolation, reason: "Please update")  // refuses the client
                }
            }

            func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {
                print("\(connection.userID ?? "a guest") has left: \(closure)")
            }

            func onJoin(_ connection: Connection, room: Room) async {}
            func onLeave(_ connection: Connection, room: Room) async {}
        }
        _ = WebSocketServer(handler: Lobby())
    }

    func messageKinds() {
        struct BoardHandler: WebSocketHandler {
            let access = Access.everyone

            func typing(_ connection: Connection, room: String) throws {}

            var messages: MessageHandlers {
                OnEvent("typing", typing)
                OnEvent("moved") { (connection: Connection, to: Point) in try connection.send(to, event: "seen") }
                OnEvent("ping") { connection, packet in try connection.reply("pong", to: packet) }
                OnText { connection, text in connection.send(text: text) }  // a text message that is not a packet
                OnBinary { connection, bytes in connection.send(bytes: bytes) }
                OnJSON { (connection: Connection, point: Point) in try connection.send(json: point) }
            }
        }
        _ = WebSocketServer(handler: BoardHandler())
    }

    func severalPaths() async throws {
        struct CalculatorHandler: WebSocketHandler { let access = Access.everyone }
        let server = WebSocketServer(host: "0.0.0.0", port: 5000) {
            WebSocketRoute("/", CalculatorHandler())
            WebSocketRoute("/echo", access: .everyone) { connection, message in connection.send(message) }
            WebSocketRoute("/upper", access: .everyone, receiving: String.self) { connection, text in
                try connection.send(text.uppercased())
            }
            WebSocketRoute("/points", access: .everyone, receiving: Point.self) { connection, point in
                try connection.send(["x": point.y, "y": point.x])  // JSON in a text message, because the route is raw
            } onDisconnect: { connection, closure in
                print("\(connection.remoteAddress) has left: \(closure)")
            }
            WebSocketRoute("/mixed", access: .everyone) {
                OnText { connection, text in connection.send(text: text) }
                OnBinary { connection, bytes in connection.send(bytes: bytes) }
            }
        }
        try await server.serve()
    }

    func acceptingByHand() async throws {
        let server = WebSocketServer(host: "127.0.0.1", port: 5000)
        try await server.start()
        let connection = try await server.accept()
        let packet = try await connection.receive()
        try connection.send(packet.data)
    }

    func attributes() {
        struct Profile: Codable, Sendable {
            var name: String
            var languages: [String]
        }

        func enter(_ connection: Connection, name: String) throws {
            connection.userID = name  // the user; limits and messages to users count by it
            connection.isModerator = name == "ann"  // any other name is an attribute of your own
            connection["visits"] = 1  // the same with a name that is known at run time
            connection[.level] = 3  // a typed key, see below
            try connection.setAttribute("profile", to: Profile(name: name, languages: ["en"]))
        }

        func greeting(_ connection: Connection) -> String {
            let profile: Profile? = connection.profile  // nil if it is not set or has another type
            let level = connection[.level] ?? 0
            return "\(profile?.name ?? "guest"), level \(level)"
        }
    }

    func memberGuard() {
        let isMember = Check("is a member of the lobby") { connection in
            connection.hub.room("lobby").contains(connection)
        }
        _ = isMember
    }

    func guardedMethods() {
        struct RoomHandler: WebSocketHandler {
            // The guard applies to every call and packet. The limit applies to those without a limit of their own.
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

    func namedGuard() {
        struct IsStaff: SessionPredicate {
            var condition: SessionCondition { Is("isAdmin") || IsEqual("role", "moderator") }
        }
        _ = IsStaff()
    }

    func checking() {
        let paid = Check("has paid") { connection in
            guard connection.plan == "pro" else {
                throw RPCError("this needs the plan 'pro'", code: 4020, data: ["plans": ["pro"]])
            }
            return true
        }
        _ = paid
    }

    func limiting() {
        struct Forum: WebSocketHandler {
            // For methods without a limit of their own, for unknown methods, and for other packets.
            let access = Access.everyone.rateLimit(100, per: "1s", burst: 300)

            func login(_ connection: Connection, name: String, password: String) throws {}
            func post(_ connection: Connection, text: String) throws {}
            func search(_ connection: Connection, words: [String]) async throws -> [String] { [] }

            var methods: RPCMethods {
                RPCMethod("login", login).rateLimit(5, per: "1m", scope: .address)
                RPCMethod("post", post).rateLimit(RateLimit(1, per: "1s"), RateLimit(100, per: "1h", scope: .user))
                RPCMethod("search", search).rateLimit(30, per: "1m", burst: 5, cost: 1, onExceeded: .disconnect)
            }
        }
        _ = WebSocketServer(handler: Forum())
    }

    func retrying() {
        func post(_ text: String, with client: WebSocketClient) async throws {
            do {
                try await client.sendRPC("post", text)
            } catch let error as RPCError where error.code == .rateLimited {
                try await Task.sleep(for: error.retryAfter ?? .seconds(1))
                try await client.sendRPC("post", text)
            }
        }
    }

    func watching(server: WebSocketServer) {
        for limit in server.rateLimits {
            print(limit)
        }
    }

    func streaming() {
        /// The numbers from 1 to a count, one each second.
        struct Ticks: AsyncSequence, AsyncIteratorProtocol, Sendable {
            let count: Int
            private(set) var last = 0

            mutating func next() async throws -> Int? {
                guard last < count else { return nil }
                try await Task.sleep(for: .seconds(1))
                last += 1
                return last
            }

            func makeAsyncIterator() -> Ticks { self }
        }

        struct Clock: WebSocketHandler {
            let access = Access.everyone

            func ticks(_ connection: Connection, count: Int) throws -> Ticks {
                guard count >= 0 else { throw RPCError("count must be at least 0", code: 4000) }
                return Ticks(count: count)
            }

            var methods: RPCMethods { RPCMethod("ticks", ticks).rateLimit(10, per: "1m") }
        }
        _ = WebSocketServer(handler: Clock())
    }

    func readingStreams(client: WebSocketClient) async throws {
        for try await tick in client.streamRPC("ticks", 5, as: Int.self) {
            print(tick)
        }
    }
}

extension SessionKey<Int> {
    fileprivate static let level = SessionKey("level")
}
