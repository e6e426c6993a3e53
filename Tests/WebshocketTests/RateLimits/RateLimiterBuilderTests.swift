import Testing
import Webshocket

@Suite("Rate limits at startup")
struct RateLimiterBuilderTests {
    @Test("do not make a plan if a method has none")
    func none() throws {
        var builder = RateLimiterBuilder()
        let plan = try builder.plan(for: "add", [])
        #expect(plan == nil)
        #expect(builder.limiter(start: .now).statistics == [])
    }

    @Test(
        "are rejected with the name of their owner and the invalid value",
        arguments: [
            (
                [RateLimit(5, per: "1x")],
                "period must be a positive integer and a unit, such as 500ms, 10s, 1m, 2h or 1d (got '1x')"
            ),
            ([RateLimit(5, per: "1s"), RateLimit(5, per: "1s", cost: 6)], "cost must be 1 to the burst of 5 (got 6)"),
            ([RateLimit(5, per: .zero)], "period must be 1ms to 366d (got 0ms)"),
            (
                [RateLimit(5, per: "1m", scope: .server), RateLimit(5, per: "60s", cost: 2, scope: .server)],
                "'5 per 1m, cost 2, for the whole server' is declared twice"
            ),
        ] as [([RateLimit], String)])
    func faults(limits: [RateLimit], fault: String) {
        let error = #expect(throws: ServerError.self) {
            var builder = RateLimiterBuilder()
            _ = try builder.plan(for: "login", limits)
        }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message == "rate limit of 'login': \(fault)")
    }

    @Test("cannot forge a log line with their owner's name")
    func control() {
        let error = #expect(throws: ServerError.self) {
            var builder = RateLimiterBuilder()
            _ = try builder.plan(for: "login", [RateLimit(5, per: "1\n")])
        }
        #expect(error.map { !$0.message.contains("\n") } == true)
    }

    @Test("number the slots of connections from 0 for each handler, and share the bucket of the server")
    func handlers() throws {
        var builder = RateLimiterBuilder()
        let limits = [RateLimit(2, per: "1m"), RateLimit(3, per: "1m", scope: .server)]
        let first = try #require(try builder.plan(for: "a", limits))
        builder.beginHandler()
        let second = try #require(try builder.plan(for: "b", limits))
        let start = ContinuousClock.now
        let limiter = builder.limiter(start: start)
        var own: [[TokenBucket]] = [[], []]
        func call(_ plan: LimitPlan, _ connection: Int) -> RateVerdict {
            limiter.admit(plan, at: start, own: &own[connection], address: "10.0.0.1", user: { nil })
        }
        #expect(call(first, 0) == .admitted && call(first, 0) == .admitted && call(second, 1) == .admitted)
        #expect(own.map(\.count) == [1, 1])
        #expect(call(second, 1) == .wait(20_000))
    }

    @Test("are listed with the number of refused calls, in the order of their declaration")
    func statistics() throws {
        var builder = RateLimiterBuilder()
        let login = try #require(
            try builder.plan(
                for: "login", [RateLimit(1, per: "1m"), RateLimit(1, per: "1h", scope: .address, isDryRun: true)]))
        builder.beginHandler()
        _ = try builder.plan(for: "/chat", [RateLimit(100, per: "10s", scope: .method)])
        let start = ContinuousClock.now
        let limiter = builder.limiter(start: start)
        var own: [TokenBucket] = []
        for _ in 0..<3 { _ = limiter.admit(login, at: start, own: &own, address: "10.0.0.1", user: { nil }) }
        #expect(
            limiter.statistics == [
                RateLimitStatistics(
                    method: "login", limit: "1 per 1m for each connection", exceeded: 2, isDryRun: false),
                RateLimitStatistics(method: "login", limit: "1 per 1h for each address", exceeded: 2, isDryRun: true),
                RateLimitStatistics(
                    method: "/chat", limit: "100 per 10s for all callers together", exceeded: 0, isDryRun: false),
            ])
    }
}
