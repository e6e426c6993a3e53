// What has to hold before a method runs: its guard first, then its limits, and only then are its arguments read.
extension RPCMethod {
    /// Lets only those call the method whose session attributes satisfy a predicate; others get
    /// ``RPCErrorCode/accessDenied``, and spend nothing of a rate limit.
    ///
    ///     RPCMethod("shutdown", shutdown).requires(Is("isAdmin") && !Is("isReadOnly"))
    ///
    /// - Parameter predicate: if there are several, all must hold. If a ``Check`` throws, the call is refused with its
    ///   error.
    public func requires(_ predicate: some SessionPredicate) -> RPCMethod {
        var method = self
        method.requirement = .joining(requirement, predicate.condition)
        return method
    }

    /// Limits how often the method may be called; past it the caller gets ``RPCErrorCode/rateLimited`` and is told when
    /// to try again, or is disconnected.
    ///
    ///     RPCMethod("login", login).rateLimit(5, per: "1m")
    ///     RPCMethod("search", search).rateLimit(100, per: "10s", burst: 20, scope: .user)
    ///
    /// Of several, all have to let a call pass, and none is charged unless all do. A method that has limits of its own
    /// does not count against those of ``WebSocketHandler/access``.
    /// - Parameters:
    ///   - calls: how many calls of cost 1 each period lets through, 1 to 1,000,000,000.
    ///   - period: such as "500ms", "10s", "1m", "2h" or "1d"; 1 ms to 366 days. A bad one keeps the server from
    ///     starting.
    ///   - burst: how many may come at once after a pause, 1 to 1,000,000,000; `calls` unless it is given.
    ///   - cost: how many of them one call counts for, 1 to `burst`.
    ///   - scope: who is counted together.
    ///   - onExceeded: whether to refuse the call, or to close the connection with 1013.
    ///   - isDryRun: whether to refuse nothing, and only count; see ``WebSocketServer/rateLimits``.
    public func rateLimit(
        _ calls: Int, per period: RatePeriod, burst: Int? = nil, cost: Int = 1,
        scope: RateLimit.Scope = .connection, onExceeded: RateLimit.Excess = .reject, isDryRun: Bool = false
    ) -> RPCMethod {
        rateLimit(
            RateLimit(
                calls, per: period, burst: burst, cost: cost, scope: scope, onExceeded: onExceeded,
                isDryRun: isDryRun))
    }

    /// Limits how often the method may be called, with a period such as `.seconds(10)`; else as above.
    public func rateLimit(
        _ calls: Int, per period: Duration, burst: Int? = nil, cost: Int = 1, scope: RateLimit.Scope = .connection,
        onExceeded: RateLimit.Excess = .reject, isDryRun: Bool = false
    ) -> RPCMethod {
        rateLimit(
            calls, per: RatePeriod(period), burst: burst, cost: cost, scope: scope, onExceeded: onExceeded,
            isDryRun: isDryRun)
    }

    /// Limits how often the method may be called.
    public func rateLimit(_ limits: RateLimit...) -> RPCMethod {
        var method = self
        method.rateLimits += limits
        return method
    }
}

extension RPCMethods {
    /// Gathers methods, to guard them together:
    ///
    ///     RPCMethods {
    ///         RPCMethod("kick", kick)
    ///         RPCMethod("ban", ban)
    ///     }
    ///     .requires(Is("isAdmin"))
    public init(@RPCMethodsBuilder _ methods: () -> RPCMethods) {
        self = methods()
    }

    /// Limits each of the methods, as ``RPCMethod/rateLimit(_:)`` does one: each has buckets of its own.
    public func rateLimit(_ limits: RateLimit...) -> RPCMethods {
        RPCMethods(methods.map { method in limits.reduce(method) { $0.rateLimit($1) } })
    }

    /// Guards each of the methods, as ``RPCMethod/requires(_:)`` does one.
    public func requires(_ predicate: some SessionPredicate) -> RPCMethods {
        RPCMethods(methods.map { $0.requires(predicate) })
    }
}
