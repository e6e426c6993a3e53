/// A pattern, with what tells most names that they do not match.
struct GlobCandidate: Sendable {
    /// Bits of the bytes that a name must have.
    let letters: UInt64
    let leastBytes: Int
    let slot: Int
    private let prefix: Int
    private let suffix: Int
    /// Whether a name that fits matches.
    let isDecided: Bool

    init(_ glob: GlobPattern, letters: UInt64, _ slot: Int) {
        self.letters = letters
        self.slot = slot
        leastBytes = glob.leastBytes
        prefix = glob.prefix
        suffix = glob.suffix
        isDecided = glob.isPrefixAndSuffix
    }

    /// Whether a name, which has at least the bytes that are needed, begins and ends as the pattern does.
    func fits(_ name: UnsafeBufferPointer<UInt8>, _ code: GlobCode) -> Bool {
        code.bytes.withUnsafeBufferPointer { code in
            var index = 0
            while index < prefix {
                guard name[index] == code[index] else { return false }
                index += 1
            }
            index = 1
            while index <= suffix {
                guard name[name.count - index] == code[code.count - index] else { return false }
                index += 1
            }
            return true
        }
    }
}

/// Patterns by the literal text that they begin with, or the reverse of what they end with.
struct GlobBuckets: Sendable {
    struct Key: Sendable {
        let hash: UInt64
        let length: Int
    }

    private var buckets: [UInt64: [GlobCandidate]] = [:]
    /// Where in its bucket each slot's pattern is.
    private var indices: [Int] = []
    /// How many patterns there are for each length of their texts; the last is not 0.
    private var lengths: [Int] = []

    /// Calls `body` with the patterns of each of the texts that these bytes begin with.
    func forEachBucket(of bytes: some Sequence<UInt8>, _ hash: TextHash, _ body: ([GlobCandidate]) -> Void) {
        guard !lengths.isEmpty else { return }
        var sum: UInt64 = 0
        if lengths[0] > 0, let bucket = buckets[sum] { body(bucket) }
        for (index, byte) in bytes.enumerated() {
            guard index + 1 < lengths.count else { return }
            sum = hash.appending(byte, to: sum)
            if lengths[index + 1] > 0, let bucket = buckets[sum] { body(bucket) }
        }
    }

    mutating func insert(_ candidate: GlobCandidate, _ key: Key) {
        while indices.count <= candidate.slot { indices.append(0) }
        while lengths.count <= key.length { lengths.append(0) }
        lengths[key.length] += 1
        indices[candidate.slot] = buckets[key.hash]?.count ?? 0
        buckets[key.hash, default: []].append(candidate)
    }

    mutating func remove(_ slot: Int, _ key: Key) {
        let index = indices[slot]
        lengths[key.length] -= 1
        while lengths.last == 0 { lengths.removeLast() }
        guard let last = buckets[key.hash]?.popLast() else { return }
        if last.slot != slot {
            buckets[key.hash]?[index] = last
            indices[last.slot] = index
        }
        if buckets[key.hash]?.isEmpty ?? false { buckets[key.hash] = nil }
    }
}
