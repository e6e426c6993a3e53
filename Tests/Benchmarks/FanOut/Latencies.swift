/// A histogram of latencies with a relative error of about half a percent.
struct Latencies {
    private static let bits = 8
    private static let columns = 1 << bits

    private var counts = [Int](repeating: 0, count: (64 - bits) * columns)
    private(set) var count = 0
    /// The maximum, in nanoseconds.
    private(set) var longest = 0

    /// Adds a latency.
    ///
    /// - Parameter nanoseconds: At least 0.
    mutating func add(_ nanoseconds: Int) {
        counts[Self.row(of: nanoseconds)] += 1
        count += 1
        longest = max(longest, nanoseconds)
    }

    /// Returns a quantile of the latencies in nanoseconds.
    ///
    /// - Parameter share: 0 to 1; 0.99 for the 99th percentile.
    func quantile(_ share: Double) -> Int {
        var left = Int(share * Double(count))
        for (row, number) in counts.enumerated() {
            left -= number
            if left < 0 { return Self.value(of: row) }
        }
        return longest
    }

    /// Returns the row that counts a value. Rows are exact below 512; above, each doubling has 256 rows.
    private static func row(of value: Int) -> Int {
        let shift = max(0, Int.bitWidth - value.leadingZeroBitCount - bits - 1)
        return shift * columns + value >> shift
    }

    private static func value(of row: Int) -> Int {
        let shift = max(0, row / columns - 1)
        return (row - shift * columns) << shift
    }
}
