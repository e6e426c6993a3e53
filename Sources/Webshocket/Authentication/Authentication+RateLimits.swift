extension Authentication {
    /// Limits how often those of one address, of IPv6 of one /64, may ask a path to let them in, so that nobody tries
    /// one secret after the other; past it nobody is judged.
    ///
    ///     Authentication(token: user).rateLimit(30, per: "1m", burst: 100)
    ///
    /// Each upgrade request counts, with the first token that may follow, and each later token, whatever becomes of
    /// them. Too many requests are answered with 429, too many tokens with ``RPCErrorCode/rateLimited``. Many users may
    /// share the address of their router, so let the burst be one of many.
    /// - Parameters:
    ///   - calls: how many requests each period lets through, 1 to 1,000,000,000.
    ///   - period: such as "10s", "1m" or "1d"; 1 ms to 366 days. A bad one keeps the server from starting.
    ///   - burst: how many may come at once after a pause, 1 to 1,000,000,000; `calls` unless it is given.
    public func rateLimit(_ calls: Int, per period: RatePeriod, burst: Int? = nil) -> Authentication {
        rateLimit(RateLimit(calls, per: period, burst: burst, scope: .address))
    }

    /// Limits how often peers may ask to be let in: those of each address or, with the scope
    /// ``RateLimit/Scope/method``, all who ask the path, or with ``RateLimit/Scope/server`` all who ask any path with
    /// the same limit; then some can lock the others out.
    ///
    /// Of several, all have to let one pass. ``RateLimit/onExceeded`` is for later tokens. Who asks has no connection
    /// and no user yet: limits for each of these keep the server from starting.
    public func rateLimit(_ limits: RateLimit...) -> Authentication {
        var authentication = self
        authentication.rateLimits += limits
        return authentication
    }

    /// Makes the plan of the limits; nil where there are none.
    /// - Throws: ``StartupError`` that names the path and what is wrong with a limit.
    func plan(for path: String, _ limiter: inout RateLimiterBuilder) throws(StartupError) -> LimitPlan? {
        for limit in rateLimits {
            switch limit.scope {
            case .address, .method, .server: break
            case .connection, .user:
                throw .badRoute("path '\(path)': the authentication's limit is '\(limit)'; there are none of these yet")
            }
        }
        return try limiter.plan(for: "\(path) (authentication)", rateLimits, isOfAdmissions: true)
    }
}

extension UpgradeSession {
    /// Counts a request to be let in.
    /// - Returns: 429 where there were too many.
    func charge(_ limits: LimitPlan?) -> Refusal? {
        guard let limits else { return nil }
        var none: [TokenBucket] = []
        let verdict = serverLoop.limiter.admit(
            limits, at: serverLoop.loop.now, own: &none, address: peer.address, user: { nil })
        guard case .refused(let retryAfter, _) = verdict else { return nil }
        let seconds = retryAfter.components.seconds + (retryAfter.components.attoseconds > 0 ? 1 : 0)
        return Refusal(
            status: 429, headers: HTTPHeaders(judged: [("Retry-After", String(seconds))]),
            body: "Too many ask to be let in. Please come back later.\n")
    }
}
