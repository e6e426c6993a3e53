/// Faults at random times for random victims; the same for the same seed.
package struct FaultSchedule: Sendable {
    package struct Entry: Sendable, Equatable {
        /// From the entry before.
        package let wait: Duration
        package let fault: Fault
        package let victims: Victims
    }

    private var numbers: SplitMix
    private let perSecond: Double
    private let longestStall: Duration

    /// - Parameters:
    ///   - perSecond: how many faults on average.
    ///   - longestStall: stalls last up to so long.
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
