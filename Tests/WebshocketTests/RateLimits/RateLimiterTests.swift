import Testing
import Webshocket

/// A limiter with the plans of one handler's methods, and a manual clock.
final class LimitedServer {
    let limiter: RateLimiter
    let plans: [LimitPlan]
    let start = ContinuousClock.now
    var now = Duration.zero

    init(_ methods: [[RateLimit]], bound: Int = 100_000) throws {
        var builder = RateLimiterBuilder()
        plans = try methods.enumerated().map { number, limits in
            try #require(try builder.plan(for: "method \(number)", limits))
        }
        limiter = builder.limiter(start: start, bound: bound)
    }

    convenience init(_ limits: RateLimit..., bound: Int = 100_000) throws {
        try self.init([limits], bound: bound)
    }

    var exceeded: [Int] { limiter.statistics.map(\.exceeded) }
}

/// A connection with its own buckets.
final class LimitedConnection {
    let server: LimitedServer
    var address: String
    var user: String?
    var own: [TokenBucket] = []
    var askedForUser = 0

    init(_ server: LimitedServer, address: String = "10.0.0.1", user: String? = nil) {
        self.server = server
        self.address = address
        self.user = user
    }

    func call(_ method: Int = 0) -> RateVerdict {
        server.limiter.admit(server.plans[method], at: server.start + server.now, own: &own, address: address) {
            askedForUser += 1
            return user
        }
    }

    /// Calls until a call is refused, and returns the number of admitted calls.
    func callAll(_ method: Int = 0) -> Int {
        var count = 0
        while call(method) == .admitted { count += 1 }
        return count
    }
}

extension RateVerdict {
    static func wait(_ milliseconds: Int, disconnects: Bool = false) -> RateVerdict {
        .refused(retryAfter: .milliseconds(milliseconds), disconnects: disconnects)
    }
}

@Suite("A rate limiter")
struct RateLimiterTests {
    static let scopes: [RateLimit.Scope] = [.connection, .user, .address, .method, .server]

    @Test("admits n calls, refuses the next one, and reports when it would pass", arguments: scopes)
    func refusal(scope: RateLimit.Scope) throws {
        let server = try LimitedServer(RateLimit(7, per: "1m", scope: scope))
        let connection = LimitedConnection(server)
        #expect(connection.callAll() == 7)
        #expect(connection.call() == .wait(8_572))
        server.now = .milliseconds(8_571)
        #expect(connection.call() == .wait(1))
        server.now = .milliseconds(8_572)
        #expect(connection.call() == .admitted)
        #expect(connection.call() == .wait(8_571))
        server.now += .seconds(60)
        #expect(connection.callAll() == 7)
        #expect(server.exceeded == [5])
    }

    @Test("requires the connection to be closed if the limit does", arguments: scopes)
    func disconnects(scope: RateLimit.Scope) throws {
        let server = try LimitedServer(RateLimit(1, per: "1s", scope: scope, onExceeded: .disconnect))
        let connection = LimitedConnection(server)
        #expect(connection.call() == .admitted)
        #expect(connection.call() == .wait(1_000, disconnects: true))
    }

    @Test("charges the cost of a call, and allows a burst", arguments: scopes)
    func costAndBurst(scope: RateLimit.Scope) throws {
        let server = try LimitedServer(RateLimit(10, per: "10s", burst: 25, cost: 4, scope: scope))
        let connection = LimitedConnection(server)
        #expect(connection.callAll() == 6)
        #expect(connection.call() == .wait(3_000))
        server.now = .seconds(3)
        #expect(connection.callAll() == 1)
    }

    @Test("counts each connection separately for a limit with the scope of a connection")
    func connectionScope() throws {
        let server = try LimitedServer(RateLimit(2, per: "1m"))
        #expect(LimitedConnection(server).callAll() == 2)
        #expect(LimitedConnection(server).callAll() == 2)
        #expect(server.limiter.count == 0)
    }

    @Test("counts all connections of an address together, and across reconnects")
    func addressScope() throws {
        let server = try LimitedServer(RateLimit(3, per: "1m", scope: .address))
        #expect(LimitedConnection(server, user: "ann").call() == .admitted)
        #expect(LimitedConnection(server, user: "bob").callAll() == 2)
        #expect(LimitedConnection(server).call() == .wait(20_000))
        #expect(LimitedConnection(server, address: "10.0.0.2", user: "ann").callAll() == 3)
    }

    @Test("counts all connections of a user together, and a connection without a user by its address")
    func userScope() throws {
        let server = try LimitedServer(RateLimit(3, per: "1m", scope: .user))
        #expect(LimitedConnection(server, address: "10.0.0.1", user: "ann").callAll() == 3)
        #expect(LimitedConnection(server, address: "10.0.0.2", user: "ann").callAll() == 0)
        #expect(LimitedConnection(server, address: "10.0.0.1", user: "bob").callAll() == 3)
        let visitor = LimitedConnection(server, address: "10.0.0.1")
        #expect(visitor.callAll() == 3)
        #expect(LimitedConnection(server, address: "10.0.0.1").callAll() == 0)
        #expect(LimitedConnection(server, user: "10.0.0.1").callAll() == 3)
        visitor.user = "cat"
        #expect(visitor.callAll() == 3)
        visitor.user = "ann"
        #expect(visitor.callAll() == 0)
    }

    @Test("counts all callers of a method together, but each method separately")
    func methodScope() throws {
        let limit = RateLimit(3, per: "1m", scope: .method)
        let server = try LimitedServer([[limit], [limit]])
        #expect(LimitedConnection(server).call(0) == .admitted)
        #expect(LimitedConnection(server, address: "10.0.0.2").callAll(0) == 2)
        #expect(LimitedConnection(server).callAll(1) == 3)
        #expect(server.limiter.count == 0)
    }

    @Test(
        "keeps separate buckets for each method",
        arguments: [.connection, .user, .address] as [RateLimit.Scope])
    func methodsApart(scope: RateLimit.Scope) throws {
        let limit = RateLimit(3, per: "1m", scope: scope)
        let server = try LimitedServer([[limit], [limit]])
        let connection = LimitedConnection(server, user: "ann")
        #expect(connection.callAll(0) == 3)
        #expect(connection.callAll(1) == 3)
    }

    @Test("shares one bucket among limits for the whole server with the same calls, period and burst")
    func serverScope() throws {
        let server = try LimitedServer([
            [RateLimit(6, per: "1m", scope: .server)],
            [RateLimit(6, per: .seconds(60), cost: 2, scope: .server, onExceeded: .disconnect)],
            [RateLimit(6, per: "1m", burst: 7, scope: .server)], [RateLimit(6, per: "61s", scope: .server)],
            [RateLimit(7, per: "1m", burst: 6, scope: .server)],
        ])
        let connection = LimitedConnection(server)
        #expect(connection.call(0) == .admitted)
        #expect(LimitedConnection(server, address: "10.0.0.2", user: "ann").callAll(1) == 2)
        #expect(connection.callAll(0) == 1)
        #expect(connection.call(0) == .wait(10_000))
        #expect([2, 3, 4].map(connection.callAll) == [7, 6, 6])
    }

    @Test("shares one bucket among methods with the same plan")
    func sharedPlan() throws {
        let server = try LimitedServer(RateLimit(3, per: "1m", scope: .method), RateLimit(2, per: "1m"))
        // A handler's default is one plan for many methods. The limiter knows the plan, not the method.
        let connection = LimitedConnection(server)
        #expect(connection.call() == .admitted && connection.call() == .admitted)
        #expect(connection.call() == .wait(30_000))
        #expect(LimitedConnection(server).callAll() == 1)
    }

    @Test("reads the user once if a limit counts by user, and otherwise never")
    func asksForUser() throws {
        let server = try LimitedServer([
            [RateLimit(9, per: "1m", scope: .user), RateLimit(8, per: "1m", scope: .user)],
            [
                RateLimit(9, per: "1m"), RateLimit(9, per: "1m", scope: .address),
                RateLimit(9, per: "1m", scope: .server),
            ],
        ])
        let connection = LimitedConnection(server)
        #expect(connection.call(1) == .admitted && connection.askedForUser == 0)
        #expect(connection.call(0) == .admitted && connection.askedForUser == 1)
    }

    @Test("creates the buckets of a connection at its first call, as many as the called methods need")
    func ownBuckets() throws {
        let limit = RateLimit(1, per: "1m")
        let server = try LimitedServer([[limit], [limit], [RateLimit(1, per: "1m", scope: .address)]])
        let connection = LimitedConnection(server)
        #expect(connection.call(2) == .admitted && connection.own.isEmpty)
        #expect(connection.call(1) == .admitted && connection.own.count == 2)
        #expect(connection.call(0) == .admitted && connection.own.count == 2)
        #expect([0, 1, 2].map { connection.call($0) == .wait(60_000) } == [true, true, true])
    }

    @Test("counts refused calls exactly while many threads call at once")
    func threads() async throws {
        let server = try LimitedServer(
            RateLimit(1_000, per: "1m", scope: .server), RateLimit(1_500, per: "1m", scope: .address))
        let (limiter, plan, start) = (server.limiter, server.plans[0], server.start)
        let admitted = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var own: [TokenBucket] = []
                    return (0..<500).count { _ in
                        limiter.admit(plan, at: start, own: &own, address: "10.0.0.1", user: { nil }) == .admitted
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(admitted == 1_000)
        #expect(server.exceeded == [1_000, 0])
    }

    @Test("works with the largest numbers, after 30 years, and with clocks that go backwards", arguments: scopes)
    func extremes(scope: RateLimit.Scope) throws {
        let most = 1_000_000_000
        let server = try LimitedServer([
            [RateLimit(most, per: "366d", cost: most, scope: scope)],
            [RateLimit(1, per: "366d", burst: most, cost: most, scope: scope)],
            [RateLimit(most, per: "1ms", scope: scope)],
        ])
        let connection = LimitedConnection(server)
        let years = Duration.seconds(30 * 366 * 86_400)
        for now in [.zero, years, .zero, .zero - years] as [Duration] {
            server.now = now
            for method in 0..<3 { _ = connection.call(method) }
        }
        server.now = years
        #expect(connection.call(0) == .wait(366 * 86_400_000))
        #expect(connection.call(1) == .refused(retryAfter: .milliseconds(Int64.max), disconnects: false))
        #expect(connection.call(2) == .admitted)
    }
}
