/// The buckets of callers that outlive a connection, a bounded number of them; time comes from outside.
///
/// A bucket that is full again is as good as none, so with each newcomer the next two of all buckets in turn are
/// looked at, and those that are full dropped. At the bound a newcomer takes the place of a full one among the next
/// 16, and where none is full, of the one that is full soonest, whose caller so gains the least: a bucket is never
/// lost while another of the 16 is nearer to full. A flood of new callers can so push each other out, and one who has
/// spent all only when the 16 have spent as much.
///
/// Each take is O(1), amortised. A bucket takes about 120 bytes, 12 MB for 100,000, and the text of a name longer than
/// 15 bytes comes on top. Memory is given back when ``sweep(at:budget:)`` has dropped the last bucket.
package struct BucketTable {
    /// Whose bucket, of which limit. Names are compared by their bytes, so that no user spends another's tokens.
    package struct Key: Hashable {
        let limit: Int32
        /// A user's id may read like an address, and is a caller apart.
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
    /// The entry before this one is the next to look at. It goes down, so that the last entry, which takes the place
    /// of a dropped one, is mostly one that was looked at before it or has only come since.
    private var hand = 0

    /// - Parameter bound: How many buckets there may be; 1 to 2,147,483,647, and what is beyond counts as the nearest.
    package init(bound: Int) {
        self.bound = min(max(bound, 1), Int(Int32.max))
    }

    package var count: Int { entries.count }

    /// Takes what a call costs from a caller's bucket, if that much is there.
    package mutating func take(_ price: Int128, of rate: TokenRate, for key: Key, at now: Duration) -> Bool {
        if let index = indices[key] { return entries[Int(index)].bucket.take(price, of: rate, at: now) }
        var bucket = TokenBucket()
        guard bucket.take(price, of: rate, at: now) else { return false }
        dropFull(at: now, looks: Self.looksPerNewcomer)
        add(Entry(bucket: bucket, key: key, calls: Int(rate.calls)), at: now)
        return true
    }

    /// How long until a caller's bucket has what a call costs; nil when it has it now.
    package func wait(for price: Int128, of rate: TokenRate, for key: Key, at now: Duration) -> Duration? {
        guard let index = indices[key] else { return nil }
        return entries[Int(index)].bucket.wait(for: price, of: rate, at: now)
    }

    /// Looks at the next `budget` buckets and drops those that are full; so the table empties when nobody calls.
    ///
    /// Twice as many looks as there are buckets find every one that is full.
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

    /// The next entry that is full, or of those looked at the one that will be first.
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
