import Testing
import Webshocket

@Suite("Several rate limits of one method")
struct CombinedLimitTests {
    @Test("admit a call that passes all of them, and charge a refused call to none")
    func allOrNone() throws {
        // Each limit refuses a call at some time. The limit of the connection is the tightest.
        let server = try LimitedServer(
            RateLimit(2, per: "10s"), RateLimit(3, per: "60s", scope: .address),
            RateLimit(30, per: "1d", scope: .method))
        let connection = LimitedConnection(server)
        #expect(connection.callAll() == 2)
        #expect((0..<100).allSatisfy { _ in connection.call() == .wait(5_000) })
        server.now = .seconds(10)
        #expect(connection.callAll() == 1)  // 3 calls were charged to the address, and 10 s refill half a call
        #expect(connection.call() == .wait(10_000))
        // Calls that the limit of the address refused were not charged to the connection.
        connection.address = "10.0.0.2"
        #expect(connection.callAll() == 1)
        connection.address = "10.0.0.1"
        server.now = .seconds(20)
        #expect(connection.callAll() == 1)
        #expect(server.exceeded == [102, 3, 0])
    }

    @Test("count by user and by address independently")
    func userAndAddress() throws {
        let server = try LimitedServer(
            RateLimit(2, per: "1m", scope: .user), RateLimit(3, per: "1m", scope: .address))
        #expect(LimitedConnection(server, user: "ann").callAll() == 2)
        #expect(LimitedConnection(server, user: "bob").callAll() == 1)
        #expect(LimitedConnection(server, address: "10.0.0.2", user: "ann").callAll() == 0)
        #expect(LimitedConnection(server, address: "10.0.0.2", user: "bob").callAll() == 1)
    }

    @Test("report the longest wait of the limits that refuse")
    func longestWait() throws {
        let server = try LimitedServer(
            RateLimit(1, per: "2s"), RateLimit(1, per: "7s", scope: .server), RateLimit(1, per: "3s", scope: .address),
            RateLimit(5, per: "1h"))
        let connection = LimitedConnection(server)
        #expect(connection.call() == .admitted)
        #expect(connection.call() == .wait(7_000))
        server.now = .milliseconds(2_500)
        #expect(connection.call() == .wait(4_500))
        server.now = .seconds(7)
        #expect(connection.call() == .admitted)
        #expect(server.exceeded == [1, 2, 2, 0])
    }

    @Test("disconnect if a limit that refuses does so, not if a limit that admits the call would")
    func disconnects() throws {
        let server = try LimitedServer(
            RateLimit(1, per: "10s"), RateLimit(2, per: "10s", scope: .address, onExceeded: .disconnect))
        let connection = LimitedConnection(server)
        #expect(connection.callAll() == 1)
        #expect(connection.call() == .wait(10_000))
        #expect(LimitedConnection(server).callAll() == 1)
        #expect(connection.call() == .wait(10_000, disconnects: true))
        #expect(LimitedConnection(server).call() == .wait(5_000, disconnects: true))
    }

    @Test("combine in the same way if all of them are per connection")
    func ownOnly() throws {
        let server = try LimitedServer(RateLimit(2, per: "1s"), RateLimit(3, per: "1m", onExceeded: .disconnect))
        let connection = LimitedConnection(server)
        #expect(connection.callAll() == 2)
        server.now = .seconds(1)
        #expect(connection.call() == .admitted)
        #expect(connection.call() == .wait(19_000, disconnects: true))
        #expect(connection.call() == .wait(19_000, disconnects: true))
        // The first limit was charged for one call since then. It admits another call when the second limit does.
        server.now = .seconds(20)
        #expect(connection.callAll() == 1)
        #expect(server.limiter.count == 0 && server.exceeded == [1, 3])
    }

    @Test("refuse nothing in a dry run, and count calls that exceed them", arguments: RateLimiterTests.scopes)
    func dryRun(scope: RateLimit.Scope) throws {
        let server = try LimitedServer(
            RateLimit(1, per: "10s", scope: scope, onExceeded: .disconnect, isDryRun: true))
        let connection = LimitedConnection(server)
        for (now, exceeded) in [(0, 0), (0, 1), (5, 2), (10, 2), (19, 3), (20, 3)] {
            server.now = .seconds(now)
            #expect(connection.call() == .admitted)
            #expect(server.exceeded == [exceeded])
        }
        #expect(server.limiter.statistics.map(\.isDryRun) == [true])
    }

    @Test("are charged in a dry run only for calls that pass the other limits")
    func dryRunBesideOthers() throws {
        let server = try LimitedServer(
            RateLimit(1, per: "10s", scope: .address), RateLimit(2, per: "10s", isDryRun: true),
            RateLimit(1, per: "1d", scope: .method, isDryRun: true))
        let connection = LimitedConnection(server)
        #expect(connection.call() == .admitted)
        #expect(connection.call() == .wait(10_000))
        #expect(connection.call() == .wait(10_000))
        // The refused calls would have passed the second limit, to which only one call was charged.
        #expect(server.exceeded == [2, 0, 2])
        server.now = .seconds(10)
        #expect(connection.call() == .admitted)
        #expect(server.exceeded == [2, 0, 3])
    }

    @Test("for the whole server in a dry run do not use up the tokens of enforced limits")
    func dryRunOfServer() throws {
        let server = try LimitedServer([
            [RateLimit(3, per: "1m", scope: .server, isDryRun: true)], [RateLimit(3, per: "1m", scope: .server)],
            [RateLimit(3, per: "1m", scope: .server, isDryRun: true)],
        ])
        let connection = LimitedConnection(server)
        for _ in 0..<2 { #expect(connection.call(0) == .admitted) }
        for _ in 0..<2 { #expect(connection.call(2) == .admitted) }
        #expect(server.exceeded == [0, 0, 1])
        #expect(connection.callAll(1) == 3)
    }
}
