import EventLoops
import Testing

@Suite("The hold detector")
struct HoldDetectorTests {
    /// Returns for each sample whether the loop is reported.
    private func reports(_ samples: (turn: UInt, isAtWork: Bool)...) -> [Bool] {
        var detector = HoldDetector()
        return samples.map { detector.sampled(turn: $0.turn, isAtWork: $0.isAtWork) }
    }

    @Test("reports a loop that runs work in one turn for two intervals, but only once")
    func held() {
        #expect(reports((7, true), (7, true), (7, true), (7, true), (7, true)) == [false, false, true, false, false])
    }

    @Test("does not report a busy loop whose turns advance")
    func busy() {
        #expect(reports((1, true), (2, true), (3, true), (3, true), (4, true), (5, true)).allSatisfy { !$0 })
    }

    @Test("counts from the first sample with work: before, the loop may have been idle in the same turn")
    func idle() {
        #expect(reports((1, false), (1, false), (1, false), (1, true), (1, true)).allSatisfy { !$0 })
        #expect(reports((1, false), (1, true), (1, true), (1, true)) == [false, false, false, true])
    }

    @Test("reports each turn that takes too long")
    func again() {
        #expect(
            reports((1, true), (1, true), (1, true), (2, true), (2, true), (2, true))
                == [false, false, true, false, false, true])
    }
}
