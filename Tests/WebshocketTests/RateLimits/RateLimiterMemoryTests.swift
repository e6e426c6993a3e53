import Testing
import Webshocket

@Suite("The memory of a rate limiter")
struct RateLimiterMemoryTests {
    @Test(
        "outlives connections, in each scope except that of a connection",
        arguments: [.user, .address, .method, .server] as [RateLimit.Scope])
    func reconnect(scope: RateLimit.Scope) throws {
        let server = try LimitedServer(RateLimit(5, per: "1m", scope: scope))
        #expect(LimitedConnection(server, user: "ann").callAll() == 5)
        for _ in 0..<100 { #expect(LimitedConnection(server, user: "ann").call() == .wait(12_000)) }
    }

    @Test("is bounded, and keeps the bucket of a caller that spent more while others arrive")
    func flood() throws {
        let server = try LimitedServer(
            RateLimit(5, per: "1m", scope: .address), RateLimit(1_000_000, per: "1m", scope: .method), bound: 1_000)
        let abuser = LimitedConnection(server, address: "203.0.113.9")
        #expect(abuser.callAll() == 5)
        for number in 0..<20_000 {
            #expect(LimitedConnection(server, address: "10.\(number)").call() == .admitted)
            if number % 10 == 0 { #expect(abuser.call() == .wait(12_000)) }
        }
        #expect(server.limiter.count == 1_000)
    }

    @Test(
        "for a method or the server is not evicted by callers of other methods",
        arguments: [.method, .server] as [RateLimit.Scope])
    func commonBucketsStay(scope: RateLimit.Scope) throws {
        let server = try LimitedServer(
            [[RateLimit(3, per: "1h", scope: scope)], [RateLimit(1, per: "1d", scope: .address)]], bound: 10)
        let connection = LimitedConnection(server)
        #expect(connection.callAll(0) == 3)
        for number in 0..<1_000 { #expect(LimitedConnection(server, address: "10.\(number)").call(1) == .admitted) }
        #expect(server.limiter.count == 10)
        #expect(connection.call(0) == .wait(1_200_000))
    }

    @Test("is released by sweeps if no calls arrive")
    func sweep() throws {
        let server = try LimitedServer(RateLimit(5, per: "5s", scope: .address))
        for number in 0..<2_500 { #expect(LimitedConnection(server, address: "10.\(number)").call() == .admitted) }
        server.limiter.sweep(at: server.start + .milliseconds(999))
        #expect(server.limiter.count == 2_500)
        let counts = (0..<3).map { _ in
            server.limiter.sweep(at: server.start + .seconds(1))
            return server.limiter.count
        }
        #expect(counts == [1_500, 500, 0])
    }

    @Test("does not grow with calls that are refused before they are charged")
    func refusedNewcomers() throws {
        let server = try LimitedServer(
            RateLimit(1, per: "1h", scope: .server), RateLimit(5, per: "1m", scope: .address))
        for number in 0..<100 { _ = LimitedConnection(server, address: "10.\(number)").call() }
        #expect(server.limiter.count == 1)
    }
}
