/// A pattern with the properties that exclude most names quickly.
struct GlobCandidate: Sendable {
    /// The kinds of bytes that a matching name must contain, as bits.
    let letters: UInt64
    let leastBytes: Int
    let slot: Int
    private let prefix: Int
    private let suffix: Int
    /// Whether every name for which ``fits(_:_:)`` returns true matches.
    let isDecided: Bool

    init(_ glob: GlobPattern, letters: UInt64, _ slot: Int) {
        self.letters = letters
        self.slot = slot
        leastBytes = glob.leastBytes
        prefix = glob.prefix
        suffix = glob.suffix
        isDecided = glob.isPrefixAndSuffix
    }

    /// Returns whether a name has the pattern's prefix and suffix. The name must have at least ``leastBytes`` bytes.
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

/// Patterns, grouped by their literal prefix or by their reversed literal suffix.
struct GlobBuckets: Sendable {
    struct Key: Sendable {
        let hash: UInt64
        let length: Int
    }

    private var buckets: [UInt64: [GlobCandidate]] = [:]
    /// The position of each slot's pattern in its bucket.
    private var indices: [Int] = []
    /// The number of patterns for each length of the literal text. The last element is not 0.
    private var lengths: [Int] = []

    /// Calls `body` with the patterns of each bucket whose literal text is a prefix of these bytes.
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
