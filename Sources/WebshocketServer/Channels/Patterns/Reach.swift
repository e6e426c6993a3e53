/// The set of positions in a name that the first elements of a pattern can match up to, as bits. Bit 0 is the position
/// before the first unit, and the highest bit is the position after the last.
///
/// Each element of the pattern advances all positions together, 64 per instruction, so matching never backtracks.
protocol PlacesReached: ~Copyable {
    func contains(_ place: Int) -> Bool
    /// Matches any number of units: every position after the first reachable one becomes reachable.
    mutating func spread()
    /// Matches one unit whose bit is set in `units`.
    ///
    /// - Returns: False if no position is reachable any more.
    mutating func advance(_ units: UnsafePointer<UInt64>) -> Bool
}

/// The positions in a name of any length.
struct Reach: PlacesReached, ~Copyable {
    private let words: UnsafeMutablePointer<UInt64>
    private let count: Int
    /// The index of the first word that is not 0; all words before it are 0.
    private var first = 0

    /// The number of words for a name with `units` units.
    static func words(for units: Int) -> Int { units / 64 + 1 }

    /// Creates a set that contains only the position before the first unit.
    init(units: Int) {
        count = Self.words(for: units)
        words = .allocate(capacity: count)
        words.initialize(repeating: 0, count: count)
        words[0] = 1
    }

    deinit {
        words.deallocate()
    }

    mutating func begin(at place: Int) {
        words.update(repeating: 0, count: count)
        first = place / 64
        words[first] = 1 << UInt64(place % 64)
    }

    func contains(_ place: Int) -> Bool {
        words[place / 64] >> UInt64(place % 64) & 1 == 1
    }

    /// The first reachable position. There must be one.
    var lowest: Int { first * 64 + words[first].trailingZeroBitCount }

    mutating func spread() {
        words[first] |= ~(words[first] &- 1)
        for index in (first + 1)..<max(count, first + 1) { words[index] = ~0 }
    }

    mutating func advance(_ units: UnsafePointer<UInt64>) -> Bool {
        var carry: UInt64 = 0
        var index = first
        first = count
        while index < count {
            let taken = words[index] & units[index]
            let moved = taken << 1 | carry
            words[index] = moved
            carry = taken >> 63
            if moved != 0, index < first { first = index }
            index += 1
        }
        return first < count
    }
}
