/// A bounded table of token buckets that outlive connections: those of users and addresses. It does not read a clock.
///
/// A full bucket need not be stored. Each insertion therefore inspects the next two buckets, in rotation, and drops
/// those that are full. If the table has reached its bound, an insertion inspects up to 16 buckets and replaces the
/// first full one. If none is full, it replaces the one that will be full first, because its caller gains the least
/// from that. In a flood, new callers evict each other's buckets. A caller without tokens keeps its bucket unless all
/// 16 inspected buckets are equally far from full.
///
/// Taking tokens is O(1), amortised. A bucket takes about 120 bytes (12 MB for 100,000), plus the text of its name if
/// that is longer than 15 bytes. The memory is released when ``sweep(at:budget:)`` has dropped the last bucket.
package struct BucketTable {
    /// The limit and the caller of a bucket. Names are compared by their bytes, so no user spends another user's
    /// tokens.
    package struct Key: Hashable {
        let limit: Int32
        /// Whether the name is a user ID. A user ID that looks like an address is a different caller from that address.
        let isUser: Bool
        let name: ExactText

        package init(limit: Int32, isUser: Bool, name: String) {
            self.limit = limit
            self.isUser = isUser
            self.name = ExactText(name)
        }
    }

    private struct Entry {
        var bucket: TokenBucket
        let key: Key
        let calls: Int

        func isFull(at now: Duration) -> Bool {
            bucket.isFull(at: now, calls: Int128(calls))
        }
    }

    private static let looksPerNewcomer = 2
    private static let looksForPlace = 16

    private let bound: Int
    private var entries: [Entry] = []
    private var indices: [Key: Int32] = [:]
    /// The index after that of the next entry to inspect. It decreases, because the last entry takes the place of a
    /// dropped one. That entry was usually inspected already, or was added recently.
    private var hand = 0

    /// - Parameter bound: The largest number of buckets, clamped to 1 to 2,147,483,647.
    package init(bound: Int) {
        self.bound = min(max(bound, 1), Int(Int32.max))
    }

    package var count: Int { entries.count }

    /// Takes the price of a call from a caller's bucket, if the bucket has enough tokens.
    /// - Returns: Whether the tokens were taken.
    package mutating func take(_ price: Int128, of rate: TokenRate, for key: Key, at now: Duration) -> Bool {
        if let index = indices[key] { return entries[Int(index)].bucket.take(price, of: rate, at: now) }
        var bucket = TokenBucket()
        guard bucket.take(price, of: rate, at: now) else { return false }
        dropFull(at: now, looks: Self.looksPerNewcomer)
        add(Entry(bucket: bucket, key: key, calls: Int(rate.calls)), at: now)
        return true
    }

    /// The time until a caller's bucket has enough tokens for a call; nil if it has enough now.
    package func wait(for price: Int128, of rate: TokenRate, for key: Key, at now: Duration) -> Duration? {
        guard let index = indices[key] else { return nil }
        return entries[Int(index)].bucket.wait(for: price, of: rate, at: now)
    }

    /// Inspects the next `budget` buckets and drops those that are full, so that the table empties if no calls arrive.
    ///
    /// To find every full bucket, inspect twice as many buckets as the table has.
    package mutating func sweep(at now: Duration, budget: Int) {
        dropFull(at: now, looks: budget)
        if entries.isEmpty, entries.capacity > 0 {
            entries = []
            indices = [:]
        }
    }

    private mutating func dropFull(at now: Duration, looks: Int) {
        for _ in 0..<min(looks, entries.count) {
            moveHand()
            if entries[hand].isFull(at: now) { drop(hand) }
        }
    }

    private mutating func moveHand() {
        hand = (hand == 0 || hand > entries.count ? entries.count : hand) - 1
    }

    private mutating func drop(_ index: Int) {
        indices[entries[index].key] = nil
        let last = entries.removeLast()
        guard index < entries.count else { return }
        entries[index] = last
        indices[last.key] = Int32(index)
    }

    private mutating func add(_ entry: Entry, at now: Duration) {
        guard entries.count >= bound else {
            indices[entry.key] = Int32(entries.count)
            return entries.append(entry)
        }
        let index = place(at: now)
        indices[entries[index].key] = nil
        entries[index] = entry
        indices[entry.key] = Int32(index)
    }

    /// Finds the entry to replace: the next full one, or else the inspected entry that will be full first.
    private mutating func place(at now: Duration) -> Int {
        var best = 0
        var soonest: Duration?
        for _ in 0..<min(Self.looksForPlace, entries.count) {
            moveHand()
            let time = entries[hand].bucket.timeToFull(at: now, calls: Int128(entries[hand].calls))
            if soonest.map({ time < $0 }) ?? true {
                best = hand
                soonest = time
            }
            if time == .zero { break }
        }
        return best
    }
}
