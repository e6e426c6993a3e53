/// The positions of each Unicode scalar of a name, as bits. It is computed once per name, for fast matching of globs.
///
/// Making it takes time and memory proportional to the number of scalars, times a 64th of that number. Matching takes a
/// 64th of the name's length for each element of the pattern, even in the worst case.
struct ScalarPositions {
    private let count: Int
    /// The number of words in a row.
    private let width: Int
    /// For each ASCII scalar, the number of distinct smaller ASCII scalars in the name. The last element counts all of
    /// them.
    private var asciiRanks: [Int]
    /// The start of each ASCII scalar's row; -1 if the name does not contain the scalar.
    private var asciiRows: [Int32]
    /// The distinct non-ASCII scalars, sorted.
    private let others: [UInt32]
    /// Rows of bits. Row `r` has the positions of the scalar with rank `r`. The last row has all positions.
    private var rows: [UInt64]
    /// Row `r` has the positions of all scalars with a rank below `r`. The difference of two rows is a range of
    /// scalars.
    private var below: [UInt64]

    init(_ name: String) {
        let scalars = name.unicodeScalars.map(\.value)
        count = scalars.count
        width = count <= ShortReach.longestName ? ShortReach.words : Reach.words(for: count)
        asciiRanks = Array(repeating: 0, count: 129)
        for scalar in scalars where scalar < 128 { asciiRanks[Int(scalar) + 1] = 1 }
        for index in 1...128 { asciiRanks[index] += asciiRanks[index - 1] }
        asciiRows = Array(repeating: -1, count: 128)
        others = Self.distinct(scalars.filter { $0 >= 128 })

        let ranks = asciiRanks[128] + others.count
        rows = Array(repeating: 0, count: (ranks + 1) * width)
        below = rows
        for (position, scalar) in scalars.enumerated() {
            let bit: UInt64 = 1 << UInt64(position % 64)
            let row = rank(of: scalar) * width
            rows[row + position / 64] |= bit
            if scalar < 128 { asciiRows[Int(scalar)] = Int32(clamping: row) }
            rows[ranks * width + position / 64] |= bit
        }
        for index in 0..<(ranks * width) { below[width + index] = below[index] | rows[index] }
    }

    private static func distinct(_ scalars: [UInt32]) -> [UInt32] {
        scalars.sorted().reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }

    /// The number of distinct smaller scalars in the name.
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

    /// The start of a non-ASCII scalar's row; nil if the name does not contain the scalar.
    private func row(of scalar: UInt32) -> Int? {
        let rank = rank(of: scalar)
        let index = rank - asciiRanks[128]
        return index < others.count && others[index] == scalar ? rank * width : nil
    }

    func matches(_ glob: GlobPattern) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: width) { union in
            union.initialize(repeating: 0)
            if width == ShortReach.words {
                var reach = ShortReach()
                return take(glob, &reach, union)
            }
            var reach = Reach(units: count)
            return take(glob, &reach, union)
        }
    }

    /// - Parameter union: Scratch memory for one row.
    @inline(__always)
    private func take(
        _ glob: GlobPattern, _ reach: inout some PlacesReached & ~Copyable, _ union: UnsafeMutableBufferPointer<UInt64>
    ) -> Bool {
        rows.withUnsafeBufferPointer { rows in
            glob.code.bytes.withUnsafeBufferPointer { code in
                guard let rows = rows.baseAddress, let union = union.baseAddress else { return false }
                var sets = 0
                var index = 0
                while index < code.count {
                    let byte = code[index]
                    switch byte {
                    case 0..<128:
                        let row = asciiRows[Int(byte)]
                        guard row >= 0, reach.advance(rows + Int(row)) else { return false }
                    case GlobCode.many:
                        reach.spread()
                    case GlobCode.any:
                        guard reach.advance(rows + (asciiRanks[128] + others.count) * width) else { return false }
                    case GlobCode.set:
                        unite(glob.sets[sets], into: union)
                        guard reach.advance(union) else { return false }
                        sets += 1
                    default:
                        let scalar = GlobCode.scalar(in: code, at: &index)
                        guard let row = row(of: scalar), reach.advance(rows + row) else { return false }
                    }
                    index += 1
                }
                return reach.contains(count)
            }
        }
    }

    /// Computes the row of a set of scalars.
    private func unite(_ set: GlobSet, into union: UnsafeMutablePointer<UInt64>) {
        union.update(repeating: 0, count: width)
        for range in set.ranges {
            let low = rank(of: range.lowerBound) * width
            let high = rank(of: range.upperBound + 1) * width
            guard low < high else { continue }
            for index in 0..<width { union[index] |= below[low + index] ^ below[high + index] }
        }
    }
}
