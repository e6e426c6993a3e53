/// Hands out the places of buckets while a server's methods are gathered at start; then makes the ``RateLimiter``.
package struct RateLimiterBuilder {
    /// What methods have to declare alike to share a bucket of scope ``RateLimit/Scope/server``.
    private struct ServerLimit: Hashable {
        let rate: TokenRate
        /// A dry run must change nothing for the calls of others.
        let isDryRun: Bool
        /// Who asks to be let in must not use up the calls of those who are.
        let isOfAdmissions: Bool
    }

    package static let defaultBound = 100_000

    private var limits: [PlannedLimit] = []
    private var slots = 0
    private var callerLimits: Int32 = 0
    private var commonBuckets = 0
    private var serverLimits: [ServerLimit: Int] = [:]

    package init() {}

    /// Begins a further handler: its connections are not those of the handlers before it, so their slots start anew.
    package mutating func beginHandler() {
        slots = 0
    }

    /// Makes the plan of a method or of a handler's default; nil where there is no limit.
    ///
    /// Methods that are given one plan share its buckets, as those under a handler's default do.
    /// - Parameters:
    ///   - owner: The method's name or the handler's path, for statistics and errors.
    ///   - limits: What it declares.
    ///   - isOfAdmissions: Whether they are for who asks to be let in.
    /// - Throws: ``StartupError`` that names the owner and what is wrong with its limit.
    package mutating func plan(
        for owner: String, _ limits: [RateLimit], isOfAdmissions: Bool = false
    ) throws(StartupError) -> LimitPlan? {
        guard !limits.isEmpty else { return nil }
        var planned: [PlannedLimit] = []
        var ofServer: Set<ServerLimit> = []
        for limit in limits {
            guard limit.fault == nil, let period = limit.period.time else {
                throw .badRateLimit(owner, limit.fault ?? "")
            }
            let rate = TokenRate(calls: limit.calls, per: period, burst: limit.burst)
            let key = ServerLimit(rate: rate, isDryRun: limit.isDryRun, isOfAdmissions: isOfAdmissions)
            if limit.scope == .server, !ofServer.insert(key).inserted {
                throw .badRateLimit(owner, "'\(limit)' is declared twice")
            }
            planned.append(PlannedLimit(limit, rate: rate, owner: owner, place: place(limit.scope, key)))
        }
        self.limits += planned
        return LimitPlan(planned)
    }

    /// Makes the limiter of all plans so far.
    /// - Parameters:
    ///   - start: Any time near the server's start.
    ///   - bound: How many buckets of users and addresses may be held.
    package func limiter(start: ContinuousClock.Instant, bound: Int = defaultBound) -> RateLimiter {
        RateLimiter(limits, commonBuckets: commonBuckets, start: start, bound: bound)
    }

    private mutating func place(_ scope: RateLimit.Scope, _ key: ServerLimit) -> PlannedLimit.Place {
        switch scope {
        case .connection:
            defer { slots += 1 }
            return .own(slot: slots)
        case .user, .address:
            defer { callerLimits += 1 }
            return .caller(limit: callerLimits, byUser: scope == .user)
        case .method:
            return .common(index: newCommonBucket())
        case .server:
            if let index = serverLimits[key] { return .common(index: index) }
            let index = newCommonBucket()
            serverLimits[key] = index
            return .common(index: index)
        }
    }

    private mutating func newCommonBucket() -> Int {
        defer { commonBuckets += 1 }
        return commonBuckets
    }
}

extension StartupError {
    fileprivate static func badRateLimit(_ owner: String, _ fault: String) -> StartupError {
        StartupError(
            code: .badConfiguration, message: "rate limit of '\(owner)': \(fault)".escapingControlCharacters)
    }
}
