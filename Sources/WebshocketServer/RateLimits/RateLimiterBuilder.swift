/// A builder that assigns buckets to rate limits while the server collects its methods, then makes the ``RateLimiter``.
package struct RateLimiterBuilder {
    /// The key of a bucket with scope ``RateLimit/Scope/server``. Limits with equal keys share a bucket.
    private struct ServerLimit: Hashable {
        let rate: TokenRate
        /// Whether the limit is a dry run, which must not use up the tokens of limits that are enforced.
        let isDryRun: Bool
        /// Whether the limit is for admission. Peers that are not admitted must not use up the tokens for calls.
        let isOfAdmissions: Bool
    }

    package static let defaultBound = 100_000

    private var limits: [PlannedLimit] = []
    private var slots = 0
    private var callerLimits: Int32 = 0
    private var commonBuckets = 0
    private var serverLimits: [ServerLimit: Int] = [:]

    package init() {}

    /// Begins the next handler. Slots start from 0 again, because each connection has a single handler.
    package mutating func beginHandler() {
        slots = 0
    }

    /// Makes the plan for a method, or for a handler's default limits.
    ///
    /// Methods with the same plan share its buckets, such as methods under a handler's default limits.
    /// - Parameters:
    ///   - owner: The method's name or the handler's path, for statistics and errors.
    ///   - limits: The declared limits.
    ///   - isOfAdmissions: Whether the limits apply to upgrade requests and tokens instead of calls.
    /// - Returns: Nil if there are no limits.
    /// - Throws: ``ServerError``, with the owner and the invalid value, if a limit is invalid.
    package mutating func plan(
        for owner: String, _ limits: [RateLimit], isOfAdmissions: Bool = false
    ) throws(ServerError) -> LimitPlan? {
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

    /// Makes the limiter for all plans that were made so far.
    /// - Parameters:
    ///   - start: Any time close to the server's start.
    ///   - bound: The largest number of buckets of users and addresses.
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

extension ServerError {
    fileprivate static func badRateLimit(_ owner: String, _ fault: String) -> ServerError {
        ServerError(
            code: .invalidConfiguration, message: "rate limit of '\(owner)': \(fault)".escapingControlCharacters)
    }
}
