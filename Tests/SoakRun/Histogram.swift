/// How many times fall into each tenth of a window.
package struct Histogram: Sendable {
    package let tenths: [Int]
    package let window: Duration

    /// - Parameter window: nil for the time up to the last.
    package init(_ times: [Duration], window: Duration? = nil) {
        let window = max(window ?? times.max() ?? .zero, .nanoseconds(1))
        var tenths = [Int](repeating: 0, count: 10)
        for time in times { tenths[min(max(Int(time / window * 10), 0), 9)] += 1 }
        self.tenths = tenths
        self.window = window
    }

    package var count: Int { tenths.reduce(0, +) }

    /// The largest part of all that is in one tenth, from 0 to 1.
    package var mostInOne: Double { Double(tenths.max() ?? 0) / Double(max(count, 1)) }

    package var text: String {
        let widest = max(tenths.max() ?? 0, 1)
        return tenths.enumerated().map { index, count in
            let begin = window / 10 * index / .seconds(1)
            let bar = String(repeating: "#", count: count * 50 / widest)
            let percent = (Double(count) * 1_000 / Double(max(self.count, 1))).rounded() / 10
            return "from \((begin * 100).rounded() / 100) s: \(count) (\(percent) %) \(bar)"
        }.joined(separator: "\n")
    }
}
