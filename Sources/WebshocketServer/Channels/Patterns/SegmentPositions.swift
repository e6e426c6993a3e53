/// The positions in a name of the segments that each label matches, as bits. Computed at most once per name.
struct SegmentPositions: ~Copyable {
    private let count: Int
    private let width: Int
    /// The row number of each label.
    private var rows = NumberTable()
    private var bits: [UInt64] = []
    private var reach: Reach
    /// The union of the marks of all texts.
    private(set) var marks: UInt64 = 0

    init(_ name: NameSegments) {
        count = name.count
        width = Reach.words(for: count)
        reach = Reach(units: count)
        for index in 0..<count {
            name.forEachLabel(of: index, isBehindMany: true) { add($0, at: index) }
        }
    }

    private mutating func add(_ label: SegmentLabel, at position: Int) {
        let key = UInt64(label.rawValue)
        let row = rows.value(of: key) ?? UInt32(rows.count)
        if Int(row) == rows.count {
            rows.set(row, for: key)
            bits += repeatElement(0, count: width)
        }
        bits[Int(row) * width + position / 64] |= 1 << UInt64(position % 64)
        marks |= label.mark
    }

    /// Returns whether the labels match a run of segments between two positions of the name.
    mutating func match(_ labels: [SegmentLabel], from start: Int, to end: Int) -> Bool {
        reach.begin(at: start)
        reach.spread()
        for label in labels {
            if label == .many {
                reach.spread()
                continue
            }
            guard let row = rows.value(of: UInt64(label.rawValue)) else { return false }
            let goesOn = bits.withUnsafeBufferPointer { bits in
                bits.baseAddress.map { reach.advance($0 + Int(row) * width) } ?? false
            }
            guard goesOn else { return false }
        }
        return reach.lowest <= end
    }
}
