/// All limits that a call of one method has to pass; made at start by ``RateLimiterBuilder``.
package final class LimitPlan: Sendable {
    /// Those with buckets of the connection's, which need no lock.
    let own: [PlannedLimit]
    /// Those with buckets that connections share.
    let shared: [PlannedLimit]
    /// How many buckets of its own a connection has to have for the plan.
    let slots: Int
    /// Whether a caller's user matters.
    let needsUser: Bool
    /// The only limit where there is just one.
    let only: PlannedLimit?
    /// The slot of the only limit where that is the connection's; else one that no connection has.
    let onlySlot: Int
    /// What the only limit says, here as well, so that the shortest way to a verdict counts no reference.
    let onlyRate: TokenRate
    let onlyPrice: Int128

    /// Joins plans of one handler into one, so that a call that one limit refuses spends nothing of another.
    /// - Returns: nil without plans.
    static func joining(_ plans: [LimitPlan]) -> LimitPlan? {
        plans.count > 1 ? LimitPlan(plans.flatMap { $0.own + $0.shared }) : plans.first
    }

    /// - Parameter limits: One at least.
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
