/// A histogram of points in time, with the ten tenths of a window as its buckets.
package struct Histogram: Sendable {
    package let tenths: [Int]
    package let window: ClosedRange<Duration>
    /// The number of times before or after the window.
    package let outside: Int

    package init(_ times: [Duration], in window: ClosedRange<Duration>) {
        let length = max(window.upperBound - window.lowerBound, .nanoseconds(1))
        let inside = times.filter(window.contains)
        var tenths = [Int](repeating: 0, count: 10)
        for time in inside { tenths[min(Int((time - window.lowerBound) / length * 10), 9)] += 1 }
        self.tenths = tenths
        self.window = window
        outside = times.count - inside.count
    }

    package var count: Int { tenths.reduce(0, +) }

    /// The largest share of the times in the window that is in a single tenth, from 0 to 1.
    package var mostInOne: Double { Double(tenths.max() ?? 0) / Double(max(count, 1)) }

    package var text: String {
        let widest = max(tenths.max() ?? 0, 1)
        let tenth = (window.upperBound - window.lowerBound) / 10
        return tenths.enumerated().map { index, count in
            let begin = (window.lowerBound + tenth * index) / .seconds(1)
            let bar = String(repeating: "#", count: count * 50 / widest)
            let percent = (Double(count) * 1_000 / Double(max(self.count, 1))).rounded() / 10
            return "from \((begin * 100).rounded() / 100) s: \(count) (\(percent) %) \(bar)"
        }.joined(separator: "\n")
    }
}
