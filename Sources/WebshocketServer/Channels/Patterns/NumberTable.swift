/// A hash table from numbers to numbers, for lookups for each message.
///
/// It uses multiplicative hashing with a random odd factor per table, so that clients cannot choose keys that collide.
/// It uses open addressing and is at most half full. It shrinks when most entries have been removed.
struct NumberTable: Sendable {
    private struct Entry {
        var key: UInt64
        var value: UInt32
        var isUsed: Bool
    }

    private static let smallest = 8

    private(set) var count = 0
    private var entries: [Entry] = []
    private var shift: UInt64 = 64
    private let factor = UInt64.random(in: 0 ... .max) | 1

    @inline(__always)
    private func place(of key: UInt64) -> Int {
        Int(truncatingIfNeeded: (key &* factor) >> shift)
    }

    /// The index of the key's entry, or of the free entry where the key would be stored.
    @inline(__always)
    private func index(of key: UInt64) -> Int {
        var index = place(of: key)
        while entries[index].isUsed, entries[index].key != key { index = (index + 1) & (entries.count - 1) }
        return index
    }

    @inline(__always)
    func value(of key: UInt64) -> UInt32? {
        guard !entries.isEmpty else { return nil }
        let entry = entries[index(of: key)]
        return entry.isUsed ? entry.value : nil
    }

    mutating func set(_ value: UInt32, for key: UInt64) {
        if (count + 1) * 2 > entries.count { resize(to: max(entries.count * 2, Self.smallest)) }
        let index = index(of: key)
        if !entries[index].isUsed { count += 1 }
        entries[index] = Entry(key: key, value: value, isUsed: true)
    }

    mutating func remove(_ key: UInt64) {
        guard !entries.isEmpty else { return }
        var hole = index(of: key)
        guard entries[hole].isUsed else { return }
        count -= 1
        // Move later entries into the hole if a lookup could no longer find them.
        let mask = entries.count - 1
        var next = (hole + 1) & mask
        while entries[next].isUsed {
            let distance = (next - place(of: entries[next].key)) & mask
            if distance >= (next - hole) & mask {
                entries[hole] = entries[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        entries[hole].isUsed = false
        if count == 0 { resize(to: 0) } else if count * 8 < entries.count { resize(to: entries.count / 2) }
    }

    private mutating func resize(to size: Int) {
        let old = entries
        guard size == 0 || size >= Self.smallest else { return }
        entries = Array(repeating: Entry(key: 0, value: 0, isUsed: false), count: size)
        shift = UInt64(64 - size.trailingZeroBitCount)
        for entry in old where entry.isUsed { entries[index(of: entry.key)] = entry }
    }
}
