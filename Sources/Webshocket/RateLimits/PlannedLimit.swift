import Synchronization

/// One declared limit, made ready: its numbers, where its buckets are, and how often it was exceeded.
package final class PlannedLimit: Sendable {
    /// Where the bucket of a call is.
    enum Place: Sendable {
        /// Among the connection's own.
        case own(slot: Int)
        /// Among those that all callers share, of which there are as many as were declared.
        case common(index: Int)
        /// In the table, by user or by address.
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
