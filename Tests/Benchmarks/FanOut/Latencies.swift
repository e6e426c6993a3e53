/// How often each time was measured, to about half a percent.
struct Latencies {
    private static let bits = 8
    private static let columns = 1 << bits

    private var counts = [Int](repeating: 0, count: (64 - bits) * columns)
    private(set) var count = 0
    /// In nanoseconds.
    private(set) var longest = 0

    /// - Parameter nanoseconds: 0 or more.
    mutating func add(_ nanoseconds: Int) {
        counts[Self.row(of: nanoseconds)] += 1
        count += 1
        longest = max(longest, nanoseconds)
    }

    /// Nanoseconds that a share of them, 0 to 1, does not exceed.
    func quantile(_ share: Double) -> Int {
        var left = Int(share * Double(count))
        for (row, number) in counts.enumerated() {
            left -= number
            if left < 0 { return Self.value(of: row) }
        }
        return longest
    }

    /// Exact below 512, and then 256 rows for each doubling.
    private static func row(of value: Int) -> Int {
        let shift = max(0, Int.bitWidth - value.leadingZeroBitCount - bits - 1)
        return shift * columns + value >> shift
    }

    private static func value(of row: Int) -> Int {
        let shift = max(0, row / columns - 1)
        return (row - shift * columns) << shift
    }
}
