import Testing
import Webshocket

@Suite("A bucket table")
struct BucketTableTests {
    private static let rate = TokenRate(calls: 5, per: .seconds(5), burst: 5)

    private static func key(_ name: String, limit: Int32 = 0, isUser: Bool = false) -> BucketTable.Key {
        BucketTable.Key(limit: limit, isUser: isUser, name: name)
    }

    /// The number of calls of cost 1 that a caller has left. It is read without a take, which may drop buckets.
    private static func left(_ table: BucketTable, _ key: BucketTable.Key, at now: Duration) -> Int {
        (1...5).last { table.wait(for: rate.price(of: $0), of: rate, for: key, at: now) == nil } ?? 0
    }

    private static func take(
        _ table: inout BucketTable, _ name: String, _ cost: Int = 1, at now: Duration = .zero
    ) -> Bool {
        table.take(rate.price(of: cost), of: rate, for: key(name), at: now)
    }

    @Test("keeps separate buckets for each limit and each kind of caller, even if names are equal")
    func keys() {
        var table = BucketTable(bound: 10)
        let all = Self.rate.price(of: 5)
        let keys = [
            Self.key("10.0.0.1"), Self.key("10.0.0.1", limit: 1), Self.key("10.0.0.1", isUser: true), Self.key(""),
        ]
        for key in keys {
            #expect(table.take(all, of: Self.rate, for: key, at: .zero) == true)
        }
        #expect(table.count == 4)
        for key in keys {
            #expect(table.take(all, of: Self.rate, for: key, at: .seconds(4)) == false)
            #expect(table.wait(for: all, of: Self.rate, for: key, at: .seconds(4)) == .seconds(1))
        }
    }

    @Test("drops all full buckets within two rounds of insertions")
    func dropsFull() {
        var table = BucketTable(bound: 100)
        for name in 0..<10 { #expect(Self.take(&table, "\(name)") == true) }
        #expect(Self.take(&table, "busy", 5) == true)
        for name in 0..<11 {
            let count = table.count
            #expect(Self.take(&table, "new \(name)", at: .seconds(1)) == true)
            #expect(table.count <= count + 1 && table.count >= count - 1)
        }
        #expect(table.count == 12)
        #expect(Self.left(table, Self.key("busy"), at: .seconds(1)) == 1)
        // A caller that already has a bucket causes no insertion.
        #expect(Self.take(&table, "busy", at: .seconds(3)) == true)
        #expect(table.count == 12)
    }

    @Test("shrinks to about the number of buckets that are not full, while new callers arrive")
    func shrinks() {
        var table = BucketTable(bound: 10_000)
        for name in 0..<2_000 { #expect(Self.take(&table, "\(name)") == true) }
        var highest = 0
        // A new caller every 10 ms. Its bucket is full again after a second.
        for number in 0..<5_000 {
            #expect(Self.take(&table, "new \(number)", at: .seconds(1) + .milliseconds(10) * number) == true)
            highest = max(highest, table.count)
        }
        #expect(highest <= 2_000)
        #expect(table.count >= 100 && table.count <= 200)
    }

    @Test("is emptied by sweeps, and no sweep inspects more buckets than its budget")
    func sweep() {
        var table = BucketTable(bound: 1_000)
        for name in 0..<100 { #expect(Self.take(&table, "\(name)", name < 50 ? 1 : 5) == true) }
        table.sweep(at: .milliseconds(999), budget: 1_000)
        #expect(table.count == 100)
        table.sweep(at: .seconds(1), budget: 30)
        #expect(table.count >= 70)
        for _ in 0..<4 { table.sweep(at: .seconds(1), budget: 30) }
        #expect(table.count == 50)
        table.sweep(at: .seconds(5), budget: 30)
        #expect(table.count == 20)
        table.sweep(at: .seconds(5), budget: 30)
        #expect(table.count == 0)
        table.sweep(at: .seconds(5), budget: 30)
        #expect(Self.take(&table, "0", 5, at: .seconds(5)) == true)
        #expect(table.count == 1)
    }

    @Test("replaces the bucket that will be full first if it has reached its bound")
    func eviction() {
        var table = BucketTable(bound: 3)
        for (name, cost) in [("most", 5), ("least", 2), ("some", 3)] {
            #expect(Self.take(&table, name, cost) == true)
        }
        #expect(Self.take(&table, "new", 4) == true)
        #expect(table.count == 3)
        let left = ["most", "least", "some", "new"].map { Self.left(table, Self.key($0), at: .zero) }
        #expect(left == [0, 5, 2, 1])
    }

    @Test("compares times, not tokens, if the buckets to replace have different rates")
    func evictionAcrossRates() {
        var table = BucketTable(bound: 2)
        let fast = TokenRate(calls: 1_000, per: .seconds(1), burst: 1_000)
        let slow = TokenRate(calls: 1, per: .seconds(60), burst: 1)
        #expect(table.take(slow.price(of: 1), of: slow, for: Self.key("slow"), at: .zero) == true)
        #expect(table.take(fast.price(of: 1_000), of: fast, for: Self.key("fast", limit: 1), at: .zero) == true)
        #expect(table.take(slow.price(of: 1), of: slow, for: Self.key("new"), at: .zero) == true)
        #expect(table.wait(for: 1, of: slow, for: Self.key("slow"), at: .zero) != nil)
        #expect(table.wait(for: 1, of: fast, for: Self.key("fast", limit: 1), at: .zero) == nil)
    }

    @Test("with a bound of 1 keeps only the bucket of the last caller", arguments: [0, 1])
    func smallestBound(bound: Int) {
        var table = BucketTable(bound: bound)
        #expect(Self.take(&table, "a", 5) == true)
        #expect(Self.take(&table, "a") == false)
        #expect(Self.take(&table, "b", 5) == true)
        #expect(table.count == 1)
        #expect(Self.take(&table, "b") == false)
        #expect(Self.take(&table, "a", 5) == true)
    }

    @Test("stays within its bound while a million callers arrive, and keeps the bucket of a caller that spent more")
    func flood() {
        var table = BucketTable(bound: 100_000)
        #expect(Self.take(&table, "abuser", 5) == true)
        var highest = 0
        var admissions = 0
        var refusals = 0
        // This takes a second in total, in which one token is refilled. A bucket of five tokens takes five seconds.
        for number in 0..<1_000_000 {
            let now = Duration.microseconds(number)
            if !Self.take(&table, "\(number)", at: now) { refusals += 1 }
            highest = max(highest, table.count)
            if number % 100 == 0, Self.take(&table, "abuser", at: now) { admissions += 1 }
        }
        #expect(highest == 100_000 && admissions == 0 && refusals == 0)
        #expect(
            table.wait(for: Self.rate.price(of: 5), of: Self.rate, for: Self.key("abuser"), at: .zero) == .seconds(5))
    }

    @Test(
        "agrees with a plain dictionary over thousands of random takes and sweeps",
        arguments: 1...8 as ClosedRange<UInt64>)
    func model(seed: UInt64) {
        var random = SplitMix(state: seed)
        let rates = [Self.rate, TokenRate(calls: 7, per: .seconds(60), burst: 3)]
        var table = BucketTable(bound: 1_000)
        var model: [BucketTable.Key: TokenBucket] = [:]
        var now = Duration.zero
        var agreed = true
        var highest = 0
        for _ in 0..<5_000 {
            now += .milliseconds(random.next(upTo: 200))
            let limit = random.next(upTo: 2)
            let rate = rates[limit]
            let key = Self.key("\(random.next(upTo: 60))", limit: Int32(limit), isUser: random.next(upTo: 2) == 0)
            let price = rate.price(of: random.number(in: 1...3))
            var bucket = model[key] ?? TokenBucket()
            agreed =
                agreed
                && table.wait(for: price, of: rate, for: key, at: now) == bucket.wait(for: price, of: rate, at: now)
            agreed = agreed && table.take(price, of: rate, for: key, at: now) == bucket.take(price, of: rate, at: now)
            model[key] = bucket
            if random.next(upTo: 50) == 0 { table.sweep(at: now, budget: random.next(upTo: 40)) }
            highest = max(highest, table.count)
        }
        #expect(agreed)
        #expect(highest > 50 && highest < 240 && model.count > 200)
    }

    @Test(
        "may forget spent tokens at its bound, but never charges a caller for tokens that it did not spend",
        arguments: 1...4 as ClosedRange<UInt64>)
    func boundedModel(seed: UInt64) {
        var random = SplitMix(state: seed)
        var table = BucketTable(bound: 20)
        /// For counting the tokens that each caller has spent. No call exceeds this rate.
        let endless = TokenRate(calls: 5, per: .seconds(5), burst: 1_000_000)
        var debts: [BucketTable.Key: TokenBucket] = [:]
        var isFair = true
        var forgotten = 0
        for step in 0..<5_000 {
            let now = Duration.milliseconds(step * 10)
            let key = Self.key("\(random.next(upTo: 60))")
            let price = Self.rate.price(of: random.number(in: 1...3))
            var debt = debts[key] ?? TokenBucket()
            let owed = debt.timeToFull(at: now, calls: Self.rate.calls)
            let told = table.wait(for: Self.rate.price(of: 5), of: Self.rate, for: key, at: now) ?? .zero
            isFair = isFair && told <= owed && table.count <= 20
            if told < owed { forgotten += 1 }
            if table.take(price, of: Self.rate, for: key, at: now) { _ = debt.take(price, of: endless, at: now) }
            debts[key] = debt
        }
        #expect(isFair && forgotten > 0)
    }
}
