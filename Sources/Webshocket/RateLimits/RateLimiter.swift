import EventLoops

/// Decides which calls pass the rate limits that were declared; one for a whole server, called from all its loops.
///
/// Time comes from outside. Where one loop's is a little behind another's, nothing is given away.
package final class RateLimiter: Sendable {
    private let start: ContinuousClock.Instant
    private let limits: [PlannedLimit]
    private let shared: Locked<SharedBuckets>

    init(_ limits: [PlannedLimit], commonBuckets: Int, start: ContinuousClock.Instant, bound: Int) {
        self.limits = limits
        self.start = start
        shared = Locked(SharedBuckets(common: commonBuckets, bound: bound))
    }

    /// Lets a call pass that all its limits let pass, and charges each; or charges none.
    ///
    /// A dry run never refuses, and is charged where it would not have. A plan whose limits are all of the connection
    /// takes no lock, and allocates only when the connection has no bucket for it yet.
    /// - Parameters:
    ///   - plan: Made by the builder that made this limiter.
    ///   - own: The connection's buckets: empty at first, and grown here as methods are called.
    ///   - address: The connection's remote address.
    ///   - user: Asked once at most, without the lock, and only where a limit counts by user.
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

    /// Apart, so that what most calls need stays short.
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

    /// Looks at up to `budget` of the buckets of users and addresses and drops those that are full again.
    ///
    /// To be called now and then, for the time when no newcomer calls. It holds the lock for about 0.3 µs for each
    /// that it drops.
    package func sweep(at now: ContinuousClock.Instant, budget: Int = 1_000) {
        let time = start.duration(to: now)
        shared.withLock { $0.table.sweep(at: time, budget: budget) }
    }

    /// Whether there can be any.
    var needsSweeping: Bool { limits.contains { if case .caller = $0.place { true } else { false } } }

    /// How many buckets of users and addresses there are.
    package var count: Int { shared.withLock { $0.table.count } }

    /// How often each limit was exceeded, in the order in which they were declared.
    package var statistics: [RateLimitStatistics] { limits.map(\.statistics) }
}
