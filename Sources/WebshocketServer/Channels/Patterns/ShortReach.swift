/// The positions in a name of at most 256 units, the default limit. They fit into registers.
struct ShortReach: PlacesReached {
    static let longestName = 256
    static let words = 4

    private var a: UInt64 = 1
    private var b: UInt64 = 0
    private var c: UInt64 = 0
    private var d: UInt64 = 0
    /// Whether the position after 256 units is reachable.
    private var isBehind = false

    func contains(_ place: Int) -> Bool {
        let word = place < 128 ? (place < 64 ? a : b) : (place < 192 ? c : d)
        return place == Self.longestName ? isBehind : word >> UInt64(place % 64) & 1 == 1
    }

    @inline(__always)
    mutating func spread() {
        var isReached = false
        Self.spread(&a, &isReached)
        Self.spread(&b, &isReached)
        Self.spread(&c, &isReached)
        Self.spread(&d, &isReached)
        isBehind = isBehind || isReached
    }

    @inline(__always)
    private static func spread(_ word: inout UInt64, _ isReached: inout Bool) {
        word = isReached ? ~0 : word == 0 ? 0 : word | ~(word &- 1)
        isReached = isReached || word != 0
    }

    @inline(__always)
    mutating func advance(_ units: UnsafePointer<UInt64>) -> Bool {
        let (e, f, g, h) = (a & units[0], b & units[1], c & units[2], d & units[3])
        a = e << 1
        b = f << 1 | e >> 63
        c = g << 1 | f >> 63
        d = h << 1 | g >> 63
        isBehind = h >> 63 == 1
        return e | f | g | h != 0
    }
}
