/// The buckets that connections share.
///
/// Buckets that all callers share are not in the table, so a flood of callers cannot evict them. Their number is fixed.
struct SharedBuckets {
    /// The caller of a method. If it does not have a user, it is counted by its address.
    struct Caller {
        private let address: String
        private let user: String?

        /// Shortens long names, once per call and before the lock is taken.
        init(address: String, user: String?) {
            self.address = AddressNetwork.name(of: address)
            self.user = user?.boundedForKey
        }

        func key(_ limit: Int32, byUser: Bool) -> BucketTable.Key {
            if byUser, let user { return BucketTable.Key(limit: limit, isUser: true, name: user) }
            return BucketTable.Key(limit: limit, isUser: false, name: address)
        }
    }

    private var common: [TokenBucket]
    var table: BucketTable

    init(common count: Int, bound: Int) {
        common = Array(repeating: TokenBucket(), count: count)
        table = BucketTable(bound: bound)
    }

    mutating func take(_ limit: PlannedLimit, for caller: Caller, at now: Duration) -> Bool {
        switch limit.place {
        case .own: false
        case .common(let index): common[index].take(limit.price, of: limit.rate, at: now)
        case .caller(let number, let byUser):
            table.take(limit.price, of: limit.rate, for: caller.key(number, byUser: byUser), at: now)
        }
    }

    func wait(_ limit: PlannedLimit, for caller: Caller, at now: Duration) -> Duration? {
        switch limit.place {
        case .own: nil
        case .common(let index): common[index].wait(for: limit.price, of: limit.rate, at: now)
        case .caller(let number, let byUser):
            table.wait(for: limit.price, of: limit.rate, for: caller.key(number, byUser: byUser), at: now)
        }
    }
}
