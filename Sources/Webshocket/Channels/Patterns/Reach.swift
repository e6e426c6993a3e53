/// The places in a name that the beginning of a pattern can end at, as bits: bit 0 is in front of the first unit, the
/// highest behind the last. All of them take one step at a time, 64 to an instruction, so that no pattern needs to go
/// back.
protocol PlacesReached: ~Copyable {
    func contains(_ place: Int) -> Bool
    /// Takes any number of units: every place from the first on is reached.
    mutating func spread()
    /// Takes one of the units whose bits are set.
    ///
    /// - Returns: false if no place is reached any more.
    mutating func advance(_ units: UnsafePointer<UInt64>) -> Bool
}

/// Those of a name of any length.
struct Reach: PlacesReached, ~Copyable {
    private let words: UnsafeMutablePointer<UInt64>
    private let count: Int
    /// The words before are 0.
    private var first = 0

    /// Words for the bits of a name with so many units.
    static func words(for units: Int) -> Int { units / 64 + 1 }

    /// In front of the first unit.
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

    /// The first place reached. Never called without one.
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
