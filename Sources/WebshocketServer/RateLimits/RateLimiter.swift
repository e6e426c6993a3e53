import EventLoops

/// The rate limiter of a server. It decides which calls pass their rate limits, and is called from all event loops.
///
/// It does not read a clock. If one loop's time is slightly earlier than another's, no extra calls are admitted.
package final class RateLimiter: Sendable {
    private let start: ContinuousClock.Instant
    private let limits: [PlannedLimit]
    private let shared: Locked<SharedBuckets>

    init(_ limits: [PlannedLimit], commonBuckets: Int, start: ContinuousClock.Instant, bound: Int) {
        self.limits = limits
        self.start = start
        shared = Locked(SharedBuckets(common: commonBuckets, bound: bound))
    }

    /// Admits a call if it passes all its limits, and charges it to each of them. A refused call is not charged to any.
    ///
    /// A limit in a dry run never refuses a call. The call is charged to it unless the limit would have refused it. If
    /// all limits of the plan have the scope ``RateLimit/Scope/connection``, no lock is taken. Then memory is allocated
    /// only if the connection does not have the plan's buckets yet.
    /// - Parameters:
    ///   - plan: A plan of the builder that made this limiter.
    ///   - own: The connection's buckets. The array is empty at first and grows as methods are called.
    ///   - address: The connection's remote address.
    ///   - user: Returns the connection's user. It is called at most once, outside the lock, and only if a limit counts
    ///     by user.
    @inline(__always)
    package func admit(
        _ plan: LimitPlan, at now: ContinuousClock.Instant, own: inout [TokenBucket], address: String,
        user: () -> String?
    ) -> RateVerdict {
        let time = start.duration(to: now)
        if plan.onlySlot < own.count, own[plan.onlySlot].take(plan.onlyPrice, of: plan.onlyRate, at: time) {
            return .admitted
        }
        return weigh(plan, at: time, own: &own, address: address, user: user)
    }

    /// The slow path of ``admit(_:at:own:address:user:)``, which is not inlined.
    @inline(never)
    private func weigh(
        _ plan: LimitPlan, at time: Duration, own: inout [TokenBucket], address: String, user: () -> String?
    ) -> RateVerdict {
        while own.count < plan.slots { own.append(TokenBucket()) }
        var refusal = RateRefusal()
        for limit in plan.own {
            if case .own(let slot) = limit.place {
                refusal.add(own[slot].wait(for: limit.price, of: limit.rate, at: time), of: limit)
            }
        }
        if !plan.shared.isEmpty {
            let caller = SharedBuckets.Caller(address: address, user: plan.needsUser ? user() : nil)
            shared.withLock { buckets in
                if let only = plan.only, buckets.take(only, for: caller, at: time) { return }
                for limit in plan.shared { refusal.add(buckets.wait(limit, for: caller, at: time), of: limit) }
                guard refusal.isNone, plan.only == nil else { return }
                for limit in plan.shared { _ = buckets.take(limit, for: caller, at: time) }
            }
        }
        if refusal.isNone {
            for limit in plan.own {
                if case .own(let slot) = limit.place { _ = own[slot].take(limit.price, of: limit.rate, at: time) }
            }
        }
        return refusal.verdict
    }

    /// Inspects up to `budget` buckets of users and addresses, and drops those that are full.
    ///
    /// Call it periodically, because buckets are otherwise dropped only when new callers arrive. It holds the lock for
    /// about 0.3 µs for each bucket that it drops.
    package func sweep(at now: ContinuousClock.Instant, budget: Int = 1_000) {
        let time = start.duration(to: now)
        shared.withLock { $0.table.sweep(at: time, budget: budget) }
    }

    /// Whether there can be buckets of users or addresses.
    var needsSweeping: Bool { limits.contains { if case .caller = $0.place { true } else { false } } }

    /// The number of buckets of users and addresses.
    package var count: Int { shared.withLock { $0.table.count } }

    /// The statistics of each limit, in the order of their declaration.
    package var statistics: [RateLimitStatistics] { limits.map(\.statistics) }
}
