import Testing
import Webshocket

@Suite("A declared rate limit")
struct RateLimitTests {
    @Test("takes its period as a literal or a duration, and has defaults for all other values")
    func declarations() {
        let words = RateLimit(5, per: "1m")
        let duration = RateLimit(5, per: .seconds(60))
        #expect(words == duration)
        #expect(words.burst == 5 && words.cost == 1 && words.scope == .connection)
        #expect(words.onExceeded == .reject && !words.isDryRun)
        let time: Duration = .milliseconds(1_500)
        let full = RateLimit(
            100, per: time, burst: 200, cost: 2, scope: .address, onExceeded: .disconnect, isDryRun: true)
        let period: RatePeriod = "1500ms"
        #expect(
            full
                == RateLimit(
                    100, per: period, burst: 200, cost: 2, scope: .address, onExceeded: .disconnect, isDryRun: true))
        #expect(full.fault == nil)
    }

    @Test(
        "has a description for a log",
        arguments: [
            (RateLimit(5, per: "1m"), "5 per 1m for each connection"),
            (RateLimit(5, per: "60s", scope: .user), "5 per 1m for each user"),
            (RateLimit(5, per: .milliseconds(1_500), scope: .address), "5 per 1500ms for each address"),
            (RateLimit(5, per: "90s", burst: 5, scope: .method), "5 per 90s for all callers together"),
            (
                RateLimit(100, per: "10s", burst: 200, cost: 2, scope: .server),
                "100 per 10s, burst 200, cost 2, for the whole server"
            ),
            (RateLimit(100, per: "1d", cost: 2), "100 per 1d, cost 2, for each connection"),
            (RateLimit(1, per: .nanoseconds(1_500_000)), "1 per 0.0015 seconds for each connection"),
            (RateLimit(1, per: .zero), "1 per 0ms for each connection"),
        ])
    func descriptions(limit: RateLimit, description: String) {
        #expect("\(limit)" == description)
    }

    @Test(
        "parses a period of a whole number and a unit",
        arguments: [
            ("1ms", .milliseconds(1)), ("500ms", .milliseconds(500)), ("10s", .seconds(10)), ("1m", .seconds(60)),
            ("2h", .seconds(7_200)), ("1d", .seconds(86_400)), ("366d", .seconds(366 * 86_400)),
            ("31622400000ms", .seconds(366 * 86_400)), ("010s", .seconds(10)),
        ] as [(String, Duration)])
    func periods(text: String, time: Duration) {
        let period = RatePeriod(stringLiteral: text)
        #expect(period.time == time && period.fault == nil && period == RatePeriod(time))
    }

    @Test(
        "rejects an invalid period",
        arguments: [
            "", "1", "s", "1x", "1S", "1 s", " 1s", "1s ", "-1s", "+1s", "1.5s", "0s", "0ms", "1m30s", "1e3s", "١s",
            "1ss",
            "½s", "1\u{301}s",
        ])
    func badPeriods(text: String) {
        let limit = RateLimit(5, per: RatePeriod(stringLiteral: text))
        #expect(limit.period.time == nil)
        #expect(
            limit.fault
                == "period must be a positive integer and a unit, such as 500ms, 10s, 1m, 2h or 1d (got '\(text)')")
    }

    @Test(
        "rejects a period below 1 ms or above 366 days",
        arguments: [
            ("367d", "367d"), ("31622400001ms", "31622400001ms"), ("8785h", "8785h"),
            ("9223372036854775807d", "1000000000000d"), ("9223372036854775808h", "1000000000000h"),
        ])
    func longPeriods(text: String, shown: String) {
        let limit = RateLimit(5, per: RatePeriod(stringLiteral: text))
        #expect(limit.fault == "period must be 1ms to 366d (got \(shown))")
    }

    @Test(
        "rejects a duration below 1 ms or above 366 days",
        arguments: [.zero, .seconds(-1), .nanoseconds(999_999), .seconds(366 * 86_400) + .nanoseconds(1)] as [Duration])
    func badDurations(time: Duration) throws {
        let fault = try #require(RateLimit(5, per: time).fault)
        #expect(fault.hasPrefix("period must be 1ms to 366d (got "))
    }

    @Test(
        "rejects numbers out of range, and accepts the smallest and largest",
        arguments: [
            (RateLimit(0, per: "1s"), "calls must be 1 to 1000000000 (got 0)"),
            (RateLimit(-1, per: "1s"), "calls must be 1 to 1000000000 (got -1)"),
            (RateLimit(1_000_000_001, per: "1s"), "calls must be 1 to 1000000000 (got 1000000001)"),
            (RateLimit(1, per: "1s", burst: 0), "burst must be 1 to 1000000000 (got 0)"),
            (RateLimit(1, per: "1s", burst: 1_000_000_001), "burst must be 1 to 1000000000 (got 1000000001)"),
            (RateLimit(5, per: "1s", cost: 0), "cost must be 1 to the burst of 5 (got 0)"),
            (RateLimit(5, per: "1s", cost: 6), "cost must be 1 to the burst of 5 (got 6)"),
            (RateLimit(1, per: "1s", burst: 5, cost: 5), nil),
            (RateLimit(1_000_000_000, per: "366d", cost: 1_000_000_000), nil),
        ] as [(RateLimit, String?)])
    func numbers(limit: RateLimit, fault: String?) {
        #expect(limit.fault == fault)
    }
}
