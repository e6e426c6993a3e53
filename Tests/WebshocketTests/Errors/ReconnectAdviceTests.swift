import Testing
import Webshocket

@Suite("Reconnect advice")
struct ReconnectAdviceTests {
    @Test(
        "advice is parsed from the end of a close reason",
        arguments: [
            ("Server is shutting down; retry-after=2.417", .after(.milliseconds(2_417))),
            ("; retry-after=0", .after(.zero)), ("a; retry-after=3.5", .after(.milliseconds(3_500))),
            ("a; retry-after=never", .doNotReconnect), ("a; retry-after=1; retry-after=2", .after(.seconds(2))),
            ("", nil), ("retry-after=1", nil), ("a; retry-after=", nil), ("a; retry-after=-1", nil),
            ("a; retry-after=1.", nil), ("a; retry-after=1.2345", nil), ("a; retry-after=1e3", nil),
            ("a; retry-after=٣", nil), ("a; retry-after=999999", nil), ("a; retry-after=99999999999999999999", nil),
            ("a; retry-after=1 s", nil), ("a; retry-after=never again", nil),
        ] as [(String, ReconnectAdvice?)])
    func reads(reason: String, advice: ReconnectAdvice?) {
        #expect(ConnectionClosure(.goingAway, reason: reason).advice == advice)
    }

    @Test(
        "advice written into a close reason is parsed back unchanged",
        arguments: [
            .doNotReconnect, .after(.zero), .after(.milliseconds(1)), .after(.milliseconds(10)),
            .after(.milliseconds(1_050)),
            .after(.seconds(604_800)),
        ] as [ReconnectAdvice])
    func writes(advice: ReconnectAdvice) {
        let long = String(repeating: "ä", count: 100)
        let closure = ConnectionClosure(.goingAway, reason: long, advice: advice)
        #expect(closure.advice == advice)
        #expect(closure.reason.utf8.count <= 123)
        #expect(closure.reason.hasPrefix(String(repeating: "ä", count: 45)))
    }

    @Test("delays are rounded up to a millisecond and clamped to between 0 and one week")
    func rounds() {
        let instant = ConnectionClosure(.goingAway, reason: "", advice: .after(.microseconds(1)))
        #expect(instant.reason == "; retry-after=0.001")
        #expect(ConnectionClosure(.goingAway, reason: "", advice: .after(.seconds(-1))).advice == .after(.zero))
        let week = ConnectionClosure(.goingAway, reason: "", advice: .after(.seconds(10_000_000_000)))
        #expect(week.advice == .after(.seconds(604_800)))
    }
}
