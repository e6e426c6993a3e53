/// Where in a name each of its Unicode scalars is, in a form that globs are matched with quickly; made once for a name.
///
/// Making it takes time and memory as the number of scalars times a 64th of that. A match takes, for each element of the
/// pattern, a 64th of the name's length, and nothing in either can make it more.
struct ScalarPositions {
    private let count: Int
    /// Words of a row.
    private let width: Int
    /// How many different ASCII scalars of the name are less than each; the last is for all of them.
    private var asciiRanks: [Int]
    /// The other ones, in order and each once.
    private let others: [UInt32]
    /// Rows of bits: row `r` has the positions of the scalar whose rank is `r`. A last one has all positions.
    private var rows: [UInt64]
    /// Row `r` has those whose rank is below `r`: the difference of two rows is a range of scalars.
    private var below: [UInt64]

    init(_ name: String) {
        let scalars = name.unicodeScalars.map(\.value)
        count = scalars.count
        width = count <= ShortReach.longestName ? ShortReach.words : Reach.words(for: count)
        asciiRanks = Array(repeating: 0, count: 129)
        for scalar in scalars where scalar < 128 { asciiRanks[Int(scalar) + 1] = 1 }
        for index in 1...128 { asciiRanks[index] += asciiRanks[index - 1] }
        others = Self.distinct(scalars.filter { $0 >= 128 })

        let ranks = asciiRanks[128] + others.count
        rows = Array(repeating: 0, count: (ranks + 1) * width)
        below = rows
        for (position, scalar) in scalars.enumerated() {
            let bit: UInt64 = 1 << UInt64(position % 64)
            rows[rank(of: scalar) * width + position / 64] |= bit
            rows[ranks * width + position / 64] |= bit
        }
        for index in 0..<(ranks * width) { below[width + index] = below[index] | rows[index] }
    }

    private static func distinct(_ scalars: [UInt32]) -> [UInt32] {
        scalars.sorted().reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }

    /// How many different scalars of the name are less.
    @inline(__always)
    private func rank(of scalar: UInt32) -> Int {
        if scalar <= 128 { return asciiRanks[Int(scalar)] }
        var low = 0
        var high = others.count
        while low < high {
            let middle = (low + high) / 2
            if others[middle] < scalar { low = middle + 1 } else { high = middle }
        }
        return asciiRanks[128] + low
    }

    /// The rank of a scalar that the name has.
    @inline(__always)
    private func rank(ofPresent scalar: UInt32) -> Int? {
        let rank = rank(of: scalar)
        if scalar < 128 { return asciiRanks[Int(scalar) + 1] > rank ? rank : nil }
        let index = rank - asciiRanks[128]
        return index < others.count && others[index] == scalar ? rank : nil
    }

    func matches(_ glob: GlobPattern) -> Bool {
        rows.withUnsafeBufferPointer { rows in
            guard let rows = rows.baseAddress else { return false }
            if width == ShortReach.words {
                var reach = ShortReach()
                return take(glob, rows, spread: { reach.spread() }, advance: { reach.advance($0) })
                    && reach.contains(count)
            }
            var reach = Reach(units: count)
            reach.begin(at: 0)
            return take(glob, rows, spread: { reach.spread() }, advance: { reach.advance($0) })
                && reach.contains(count)
        }
    }

    /// Whether the glob leads anywhere.
    @inline(__always)
    private func take(
        _ glob: GlobPattern, _ rows: UnsafePointer<UInt64>, spread: () -> Void,
        advance: (UnsafePointer<UInt64>) -> Bool
    ) -> Bool {
        for element in glob.elements {
            switch element {
            case .literal(let scalar):
                guard let rank = rank(ofPresent: scalar), advance(rows + rank * width) else { return false }
            case .any:
                guard advance(rows + (asciiRanks[128] + others.count) * width) else { return false }
            case .many:
                spread()
            case .set(let set):
                guard withUnion(of: glob.sets[Int(set)], advance) else { return false }
            }
        }
        return true
    }

    private func withUnion(of set: GlobSet, _ body: (UnsafePointer<UInt64>) -> Bool) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: width) { units in
            units.initialize(repeating: 0)
            guard let union = units.baseAddress else { return false }
            for range in set.ranges {
                let low = rank(of: range.lowerBound) * width
                let high = rank(of: range.upperBound + 1) * width
                guard low < high else { continue }
                for index in 0..<width { units[index] |= below[low + index] ^ below[high + index] }
            }
            return body(union)
        }
    }
}
