/// The rate limits that each call of a method must pass. Built at startup by ``RateLimiterBuilder``.
package final class LimitPlan: Sendable {
    /// The limits with a bucket for each connection, which need no lock.
    let own: [PlannedLimit]
    /// The limits with buckets that connections share.
    let shared: [PlannedLimit]
    /// The number of buckets that a connection must have for the plan.
    let slots: Int
    /// Whether a limit counts by user.
    let needsUser: Bool
    /// The only limit; nil if there are several.
    let only: PlannedLimit?
    /// The slot of the only limit, if its bucket belongs to the connection; otherwise a slot that no connection has.
    let onlySlot: Int
    /// The rate of the only limit. This copy, and that of the price, save reference counting on the fast path.
    let onlyRate: TokenRate
    let onlyPrice: Int128

    /// Joins plans of one handler, so that a call that is refused by a limit of one plan is not charged to another
    /// plan.
    /// - Returns: Nil if there are no plans.
    static func joining(_ plans: [LimitPlan]) -> LimitPlan? {
        plans.count > 1 ? LimitPlan(plans.flatMap { $0.own + $0.shared }) : plans.first
    }

    /// - Parameter limits: At least one limit.
    init(_ limits: [PlannedLimit]) {
        var own: [PlannedLimit] = []
        var shared: [PlannedLimit] = []
        var lastSlot = -1
        var needsUser = false
        for limit in limits {
            switch limit.place {
            case .own(let slot):
                own.append(limit)
                lastSlot = max(lastSlot, slot)
            case .common: shared.append(limit)
            case .caller(_, let byUser):
                shared.append(limit)
                needsUser = needsUser || byUser
            }
        }
        self.own = own
        self.shared = shared
        self.needsUser = needsUser
        slots = lastSlot + 1
        only = limits.count == 1 ? limits[0] : nil
        onlySlot = limits.count == 1 && lastSlot >= 0 ? lastSlot : .max
        onlyRate = limits[0].rate
        onlyPrice = limits[0].price
    }
}
