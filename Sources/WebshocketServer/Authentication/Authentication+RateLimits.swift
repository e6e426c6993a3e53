extension Authentication {
    /// Limits how often the clients at one address may try to authenticate, to prevent them from guessing secrets.
    ///
    ///     Authentication(token: user).rateLimit(30, per: "1m", burst: 100)
    ///
    /// An upgrade request and the first token after it count as one attempt. Each later token counts as another. All
    /// attempts count, whether or not they succeed. For IPv6, the addresses of a /64 count as one. The closures are not
    /// called for attempts that exceed the limit. An upgrade request that exceeds it gets a response with status 429; a
    /// token gets ``RPCErrorCode/rateLimited``.
    ///
    /// Many users may share the address of a router, so choose a burst that is large enough for many users.
    /// - Parameters:
    ///   - calls: The number of attempts that are allowed per period; 1 to 1,000,000,000.
    ///   - period: A literal such as "10s", "1m" or "1d"; 1 ms to 366 days. The server does not start if the period is
    ///     invalid.
    ///   - burst: The number of attempts that are allowed at once after a pause; 1 to 1,000,000,000. The default is
    ///     `calls`.
    public func rateLimit(_ calls: Int, per period: RatePeriod, burst: Int? = nil) -> Authentication {
        rateLimit(RateLimit(calls, per: period, burst: burst, scope: .address))
    }

    /// Limits how often clients may try to authenticate.
    ///
    /// With the scope ``RateLimit/Scope/address``, the clients at one address share a limit. With
    /// ``RateLimit/Scope/method``, all clients of the path share it. With ``RateLimit/Scope/server``, all clients of
    /// all paths with the same limit share it. In the last two cases, some clients can lock out the others.
    ///
    /// The server does not start if a limit has the scope ``RateLimit/Scope/connection`` or ``RateLimit/Scope/user``. A
    /// client that authenticates does not have a connection or a user yet.
    ///
    /// An attempt must pass all limits. ``RateLimit/onExceeded`` applies only to tokens on open connections.
    /// - Parameter limits: The limits to add.
    public func rateLimit(_ limits: RateLimit...) -> Authentication {
        var authentication = self
        authentication.rateLimits += limits
        return authentication
    }

    /// Makes the plan for the limits.
    /// - Returns: Nil if there are no limits.
    /// - Throws: ``ServerError``, with the path and the invalid value, if a limit is invalid.
    func plan(for path: String, _ limiter: inout RateLimiterBuilder) throws(ServerError) -> LimitPlan? {
        for limit in rateLimits {
            switch limit.scope {
            case .address, .method, .server: break
            case .connection, .user:
                throw .invalidRoute(
                    "path '\(path)': authentication cannot be limited by connection or user (got '\(limit)')")
            }
        }
        return try limiter.plan(for: "\(path) (authentication)", rateLimits, isOfAdmissions: true)
    }
}

extension UpgradeSession {
    /// Counts an attempt to authenticate.
    /// - Returns: A refusal with 429 if the attempt exceeds a limit; otherwise nil.
    func charge(_ limits: LimitPlan?) -> Refusal? {
        guard let limits else { return nil }
        var none: [TokenBucket] = []
        let verdict = serverLoop.limiter.admit(
            limits, at: serverLoop.loop.now, own: &none, address: peer.address, user: { nil })
        guard case .refused(let retryAfter, _) = verdict else { return nil }
        let seconds = retryAfter.components.seconds + (retryAfter.components.attoseconds > 0 ? 1 : 0)
        return Refusal(
            status: 429, headers: HTTPHeaders(validated: [("Retry-After", String(seconds))]),
            body: "Too many authentication attempts.\n")
    }
}
