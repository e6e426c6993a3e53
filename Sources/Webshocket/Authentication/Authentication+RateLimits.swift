extension Authentication {
    /// Limits how often those of one address, of IPv6 of one /64, may ask to be let in, so that nobody tries one secret
    /// after the other; past it an upgrade request is answered with 429, and nobody is judged.
    ///
    ///     Authentication(token: user).rateLimit(30, per: "1m", burst: 100)
    ///
    /// Each upgrade request counts, let in or not: a connection has one first token, and for its later ones there is a
    /// limit of its own. The users behind one proxy, or one router, may share an address.
    /// - Parameters:
    ///   - calls: how many requests each period lets through, 1 to 1,000,000,000.
    ///   - period: such as "10s", "1m" or "1d"; 1 ms to 366 days. A bad one keeps the server from starting.
    ///   - burst: how many may come at once after a pause, 1 to 1,000,000,000; `calls` unless it is given.
    public func rateLimit(_ calls: Int, per period: RatePeriod, burst: Int? = nil) -> Authentication {
        rateLimit(RateLimit(calls, per: period, burst: burst, scope: .address))
    }

    /// Limits how often peers may ask to be let in, each address or, with the scopes ``RateLimit/Scope/method`` and
    /// ``RateLimit/Scope/server``, all together.
    ///
    /// Of several, all have to let a request pass. ``RateLimit/onExceeded`` makes no difference; nobody who asks has a
    /// connection or a user yet, and those scopes keep the server from starting.
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
        return try limiter.plan(for: "\(path) (authentication)", rateLimits)
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
            body: "There were too many requests to be let in from here.\n")
    }
}
