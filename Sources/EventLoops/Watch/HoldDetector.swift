/// Decides, from samples taken at equal intervals, when a loop has been held for too long.
///
/// A turn of the loop ends before it polls. So a loop that was at work in the same turn at two samples has not polled
/// between them. Intervals are counted instead of time, so that a process that was stopped is not mistaken for a held loop.
package struct HoldDetector {
    /// Intervals for which a loop must be held before it is reported.
    package static let intervals = 2

    private var turn: UInt?
    private var count = 0

    package init() {}

    /// Takes a sample.
    /// - Parameters:
    ///   - turn: the number of the loop's turn.
    ///   - isAtWork: whether the loop is at labelled work.
    /// - Returns: whether the loop is to be reported: once for each turn that takes too long.
    package mutating func sampled(turn: UInt, isAtWork: Bool) -> Bool {
        guard isAtWork else {
            self.turn = nil
            return false
        }
        guard turn == self.turn else {
            self.turn = turn
            count = 0
            return false
        }
        count += 1
        return count == Self.intervals
    }
}
