import Testing

import Webshocket

@Suite("Log throttle")
struct LogThrottleTests {
    private let start = ContinuousClock.now

    private func expect(
        _ verdict: LogThrottle.Verdict, _ actual: LogThrottle.Verdict, at location: SourceLocation = #_sourceLocation
    ) {
        #expect(actual == verdict, sourceLocation: location)
    }

    @Test("writes one line per interval and cause, with the count of suppressed lines")
    func interval() {
        var throttle = LogThrottle(interval: .seconds(10))
        expect(.write(suppressed: 0), throttle.admit(.accept, at: start))
        for second in 1...9 {
            expect(.suppress, throttle.admit(.accept, at: start + .seconds(second)))
        }
        expect(.write(suppressed: 9), throttle.admit(.accept, at: start + .seconds(10)))
        expect(.suppress, throttle.admit(.accept, at: start + .seconds(19)))
        expect(.write(suppressed: 1), throttle.admit(.accept, at: start + .seconds(100)))
        expect(.write(suppressed: 0), throttle.admit(.accept, at: start + .seconds(200)))
    }

    @Test("counts each cause separately")
    func causes() {
        var throttle = LogThrottle()
        expect(.write(suppressed: 0), throttle.admit(.accept, at: start))
        expect(.write(suppressed: 0), throttle.admit(.predicate, at: start))
        expect(.suppress, throttle.admit(.accept, at: start))
    }

    @Test("with a burst of n, n lines are written and n + 1 is suppressed")
    func burst() {
        var throttle = LogThrottle()
        for _ in 0..<5 { expect(.write(suppressed: 0), throttle.admit(.predicate, burst: 5, at: start)) }
        expect(.suppress, throttle.admit(.predicate, burst: 5, at: start))
    }

    @Test("causes above the maximum share one entry")
    func bound() {
        var throttle = LogThrottle()
        let objects = (0..<LogThrottle.mostCauses + 2).map { _ in Object() }
        let verdicts = objects.map { throttle.admit(.internalError(ObjectIdentifier($0)), at: start) }
        #expect(verdicts.count { $0 == .write(suppressed: 0) } == LogThrottle.mostCauses + 1)
        #expect(verdicts.last == .suppress)
    }

    private final class Object {}

    private struct Flaw: Error {}
    private struct OtherFlaw: Error {}

    @Test("logs five internal errors of a type, and later ones share the last logged ID")
    func internalErrors() {
        let lines = Collected<String>()
        let log = ThrottledLog(LogSink { _, line in lines.append(line) })
        let answers = (0..<8).map { _ in log.internalError(Flaw(), at: start) }
        #expect(lines.values.count == 5)
        #expect(Set(answers).count == 5 && Set(answers[4...]).count == 1)
        for (answer, line) in zip(answers, lines.values) {
            let id = answer.dropFirst("Internal error (".count).dropLast()
            #expect(line == "error \(id): Flaw()")
        }
        _ = log.internalError(OtherFlaw(), at: start)
        #expect(lines.values.last?.hasSuffix(": OtherFlaw()") == true)
        _ = log.internalError(Flaw(), at: start + .seconds(10))
        #expect(lines.values.last?.hasSuffix(": Flaw() (3 more like this were not logged)") == true)
    }

    private struct Nested<Content>: Error {}

    /// Calls a closure with errors of `count` different types.
    private func forEachError<Content>(
        _ count: Int, around type: Content.Type, _ body: (any Error) -> Void
    ) {
        guard count > 0 else { return }
        body(Nested<Content>())
        forEachError(count - 1, around: Nested<Content>.self, body)
    }

    @Test("internal errors of too many types get only IDs that are in the log")
    func manyTypes() {
        let lines = Collected<String>()
        let log = ThrottledLog(LogSink { _, line in lines.append(line) })
        var answers: [String] = []
        forEachError(LogThrottle.mostCauses + 20, around: Int.self) { error in
            answers.append(log.internalError(error, at: start))
        }
        let logged = Set(lines.values.map { $0.dropFirst("error ".count).prefix { $0 != ":" } })
        #expect(lines.values.count == LogThrottle.mostCauses + 5)
        #expect(answers.allSatisfy { logged.contains($0.dropFirst("Internal error (".count).dropLast()) })
    }

    @Test("a line with a suppressed count has at most 4,000 bytes")
    func longLine() {
        let lines = Collected<String>()
        let log = ThrottledLog(LogSink { _, line in lines.append(line) })
        let text = String(repeating: "x", count: 10_000)
        for second in [0, 1, 11] { log(.warning, .accept, at: start + .seconds(second), text) }
        #expect(lines.values.count == 2 && lines.values.allSatisfy { $0.utf8.count <= 4_000 })
        #expect(lines.values[1].hasSuffix("… (cut) (1 more like this were not logged)"))
    }
}
