// Before a method runs, its guards are checked first, then its rate limits. Its arguments are decoded last.
extension RPCMethod {
    /// Refuses calls unless the session attributes of the caller satisfy a predicate.
    ///
    /// A refused caller receives ``RPCErrorCode/accessDenied``. Refused calls do not count towards rate limits.
    ///
    ///     RPCMethod("shutdown", shutdown).requires(Is("isAdmin") && !Is("isReadOnly"))
    ///
    /// - Parameter predicate: The condition for a call. If a method has several predicates, all must be satisfied. If a
    ///   ``Check`` throws, the call is refused with its error.
    public func requires(_ predicate: some SessionPredicate) -> RPCMethod {
        var method = self
        method.requirement = .joining(requirement, predicate.condition)
        return method
    }

    /// Limits how often the method may be called.
    ///
    /// A caller that exceeds the limit receives ``RPCErrorCode/rateLimited`` and the time after which to retry, or is
    /// disconnected.
    ///
    ///     RPCMethod("login", login).rateLimit(5, per: "1m")
    ///     RPCMethod("search", search).rateLimit(100, per: "10s", burst: 20, scope: .user)
    ///
    /// If the method has several limits, a call must pass all of them, and a refused call is not charged to any. The
    /// limits of ``WebSocketHandler/access`` do not apply to a method that has its own.
    /// - Parameters:
    ///   - calls: The number of calls of cost 1 that are allowed per period; 1 to 1,000,000,000.
    ///   - period: A literal such as "500ms", "10s", "1m", "2h" or "1d"; 1 ms to 366 days. The server does not start if
    ///     the period is invalid.
    ///   - burst: The number of calls of cost 1 that are allowed at once after a pause; 1 to 1,000,000,000. The default
    ///     is `calls`.
    ///   - cost: The number of tokens that one call takes; 1 to `burst`.
    ///   - scope: Which callers share the limit.
    ///   - onExceeded: Whether to refuse the call, or to close the connection with 1013.
    ///   - isDryRun: Whether to only count the calls that exceed the limit; see ``WebSocketServer/rateLimits``.
    public func rateLimit(
        _ calls: Int, per period: RatePeriod, burst: Int? = nil, cost: Int = 1,
        scope: RateLimit.Scope = .connection, onExceeded: RateLimit.ExceededAction = .reject, isDryRun: Bool = false
    ) -> RPCMethod {
        rateLimit(
            RateLimit(
                calls, per: period, burst: burst, cost: cost, scope: scope, onExceeded: onExceeded,
                isDryRun: isDryRun))
    }

    /// Limits how often the method may be called, with a period of type `Duration` such as `.seconds(10)`.
    ///
    /// A caller that exceeds the limit receives ``RPCErrorCode/rateLimited`` and the time after which to retry, or is
    /// disconnected. If the method has several limits, a call must pass all of them.
    /// - Parameters:
    ///   - calls: The number of calls of cost 1 that are allowed per period; 1 to 1,000,000,000.
    ///   - period: 1 ms to 366 days. The server does not start if the period is invalid.
    ///   - burst: The number of calls of cost 1 that are allowed at once after a pause; 1 to 1,000,000,000. The default
    ///     is `calls`.
    ///   - cost: The number of tokens that one call takes; 1 to `burst`.
    ///   - scope: Which callers share the limit.
    ///   - onExceeded: Whether to refuse the call, or to close the connection with 1013.
    ///   - isDryRun: Whether to only count the calls that exceed the limit; see ``WebSocketServer/rateLimits``.
    public func rateLimit(
        _ calls: Int, per period: Duration, burst: Int? = nil, cost: Int = 1, scope: RateLimit.Scope = .connection,
        onExceeded: RateLimit.ExceededAction = .reject, isDryRun: Bool = false
    ) -> RPCMethod {
        rateLimit(
            calls, per: RatePeriod(period), burst: burst, cost: cost, scope: scope, onExceeded: onExceeded,
            isDryRun: isDryRun)
    }

    /// Limits how often the method may be called.
    /// - Parameter limits: The limits to add. A call must pass all limits of the method.
    public func rateLimit(_ limits: RateLimit...) -> RPCMethod {
        var method = self
        method.rateLimits += limits
        return method
    }
}

extension RPCMethods {
    /// Groups methods, to set a guard or a rate limit for each of them:
    ///
    ///     RPCMethods {
    ///         RPCMethod("kick", kick)
    ///         RPCMethod("ban", ban)
    ///     }
    ///     .requires(Is("isAdmin"))
    public init(@RPCMethodsBuilder _ methods: () -> RPCMethods) {
        self = methods()
    }

    /// Limits how often each of the methods may be called.
    ///
    /// Each method has its own buckets, except for limits with the scope ``RateLimit/Scope/server``.
    /// - Parameter limits: The limits to add to each method. A call must pass all limits of its method.
    public func rateLimit(_ limits: RateLimit...) -> RPCMethods {
        RPCMethods(methods.map { method in limits.reduce(method) { $0.rateLimit($1) } })
    }

    /// Refuses calls of each of the methods unless the session attributes of the caller satisfy a predicate; see
    /// ``RPCMethod/requires(_:)``.
    /// - Parameter predicate: The condition for a call.
    public func requires(_ predicate: some SessionPredicate) -> RPCMethods {
        RPCMethods(methods.map { $0.requires(predicate) })
    }
}
