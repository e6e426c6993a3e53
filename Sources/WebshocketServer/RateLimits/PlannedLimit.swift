import Synchronization

/// A declared rate limit at run time: its rate, the location of its buckets, and the number of calls that exceeded it.
package final class PlannedLimit: Sendable {
    /// The location of a call's bucket.
    enum Place: Sendable {
        /// In the connection's array of buckets.
        case own(slot: Int)
        /// In the array of buckets that all callers share. Their number is fixed at startup.
        case common(index: Int)
        /// In the table of buckets, by user or by address.
        case caller(limit: Int32, byUser: Bool)
    }

    let owner: String
    let limit: RateLimit
    let rate: TokenRate
    let price: Int128
    let place: Place
    private let exceeded = Atomic<Int>(0)

    init(_ limit: RateLimit, rate: TokenRate, owner: String, place: Place) {
        self.limit = limit
        self.owner = owner
        self.rate = rate
        self.place = place
        price = rate.price(of: limit.cost)
    }

    func countExcess() {
        exceeded.add(1, ordering: .relaxed)
    }

    var statistics: RateLimitStatistics {
        RateLimitStatistics(
            method: owner, limit: "\(limit)", exceeded: exceeded.load(ordering: .relaxed), isDryRun: limit.isDryRun)
    }
}
