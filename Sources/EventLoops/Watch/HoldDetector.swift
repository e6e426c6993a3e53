/// Detects, from samples taken at equal intervals, that a loop has been blocked for too long.
///
/// A turn of the loop ends before it polls. If a loop runs labelled work in the same turn at two samples, it has not
/// polled between them. Intervals are counted instead of time, so a stopped process is not mistaken for a blocked loop.
package struct HoldDetector {
    /// The number of intervals for which a loop must be blocked before it is reported.
    package static let intervals = 2

    private var turn: UInt?
    private var count = 0

    package init() {}

    /// Processes a sample.
    /// - Parameters:
    ///   - turn: The number of the loop's current turn.
    ///   - isAtWork: Whether the loop runs labelled work.
    /// - Returns: Whether to report the loop now; true once for each turn that takes too long.
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
