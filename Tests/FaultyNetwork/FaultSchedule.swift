/// A sequence of faults at random times for random connections. The same seed gives the same sequence.
package struct FaultSchedule: Sendable {
    package struct Entry: Sendable, Equatable {
        /// The time since the previous entry.
        package let wait: Duration
        package let fault: Fault
        package let victims: Victims
    }

    private var numbers: SplitMix
    private let perSecond: Double
    private let longestStall: Duration

    /// Creates a schedule.
    /// - Parameters:
    ///   - seed: The seed of the random number generator.
    ///   - perSecond: The average number of faults per second.
    ///   - longestStall: The maximum duration of a stall.
    package init(seed: UInt64, perSecond: Double, longestStall: Duration) {
        numbers = SplitMix(seed: seed)
        self.perSecond = perSecond
        self.longestStall = longestStall
    }

    package mutating func next() -> Entry {
        let wait = Duration.seconds(Double.random(in: 0...2, using: &numbers) / perSecond)
        let victim = Victims.one(at: Double.random(in: 0..<1, using: &numbers))
        let fault: Fault
        switch Int.random(in: 0..<10, using: &numbers) {
        case 0..<3: fault = .reset
        case 3..<5: fault = .end
        case 5..<8:
            let time = longestStall * Double.random(in: 0...1, using: &numbers)
            fault = .stall(time, Direction.allCases.randomElement(using: &numbers) ?? .both)
        case 8: fault = .latency(.milliseconds(Int.random(in: 0...50, using: &numbers)))
        default: fault = .pieces(of: Int.random(in: 1...64, using: &numbers))
        }
        return Entry(wait: wait, fault: fault, victims: victim)
    }
}
