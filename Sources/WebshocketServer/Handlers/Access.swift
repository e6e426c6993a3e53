/// The clients that may call a handler or send to a raw path, and their rate limits.
///
///     let access = Access.everyone
///
///     var access: Access {
///         .authenticated { request in
///             guard let user = sessions.user(request.cookies["session"]) else { return .refuse(.unauthorized) }
///             return .admit(userID: user)
///         }
///         .requires(Has("userID"))
///         .rateLimit(100, per: "1s", burst: 300)
///     }
///
/// There is no default: a handler without a valid ``WebSocketHandler/access`` does not compile. See Protocol.md,
/// "Authentication", "Guards" and "Rate limits".
public struct Access: Sendable {
    /// The authentication of clients; nil if every client may connect.
    let authentication: Authentication?
    /// The predicate on a caller's session attributes; nil if nothing is required.
    private(set) var requirement: SessionCondition?
    private(set) var limits: [RateLimit] = []

    /// Admits every client without authentication.
    public static let everyone = Access(authentication: nil)

    private init(authentication: Authentication?) {
        self.authentication = authentication
    }

    /// Admits the clients that an ``Authentication`` admits.
    public static func authenticated(by authentication: Authentication) -> Access {
        Access(authentication: authentication)
    }

    /// Admits clients by their upgrade request, or by a token if the handshake closure asks for one.
    /// - Parameters:
    ///   - challenge: The value of `WWW-Authenticate` in a 401 response (RFC 9110, 11.6.1), without control characters.
    ///   - handshake: Called for each upgrade request to the path.
    ///   - token: Called for each token; nil to accept no tokens.
    public static func authenticated(
        challenge: String = "Bearer", _ handshake: @escaping Authentication.HandshakeBody,
        token: Authentication.TokenBody? = nil
    ) -> Access {
        authenticated(by: Authentication(challenge: challenge, handshake, token: token))
    }

    /// Admits clients by a token, which must be in the first message of each connection.
    /// - Parameter token: Called for each token.
    public static func authenticated(token: @escaping Authentication.TokenBody) -> Access {
        authenticated(by: Authentication(token: token))
    }

    /// Requires that a caller's session attributes satisfy a predicate.
    ///
    /// The calls and packets of a client that does not satisfy the predicate are refused with
    /// ``RPCErrorCode/accessDenied``, including calls to unknown methods. A raw path closes the connection with 1008
    /// "Access denied" instead.
    ///
    /// If a ``Check`` throws, the call is refused with its error. On a raw path, an ``RPCError`` closes the connection
    /// with 1008 and its message, and any other error with 1011.
    /// - Parameter predicate: Evaluated for each call and message. If this function is called several times, all
    ///   predicates must hold.
    public func requires(_ predicate: some SessionPredicate) -> Access {
        var access = self
        access.requirement = .joining(requirement, predicate.condition)
        return access
    }
}

extension Access {
    /// The predicate to evaluate for each call; nil if nothing is required, or if every caller satisfies it.
    var effectiveRequirement: SessionCondition? { requirement == .all([]) ? nil : requirement }
}

// MARK: - Rate limits

extension Access {
    /// Limits the rate of calls to methods that have no limit of their own, calls to unknown methods, and other
    /// packets.
    ///
    /// All of them are counted together. On a raw path, this limits the rate of messages.
    ///
    /// If a call exceeds the limit, it is refused with ``RPCErrorCode/rateLimited`` and the time to wait, or the
    /// connection is closed with 1013. A raw path cannot respond to a message, so it always closes the connection.
    /// - Parameters:
    ///   - calls: The number of calls of cost 1 that are allowed per period, 1 to 1,000,000,000.
    ///   - period: Such as "500ms", "10s", "1m", "2h" or "1d"; 1 ms to 366 days. An invalid period prevents the server
    ///     from starting.
    ///   - burst: The number of calls that may arrive at once after a pause, 1 to 1,000,000,000; `calls` by default.
    ///   - cost: The number of calls that one call counts as, 1 to `burst`.
    ///   - scope: The callers that share the limit.
    ///   - onExceeded: Whether to refuse the call, or to close the connection with 1013.
    ///   - isDryRun: Whether to count only, without refusing calls; see ``WebSocketServer/rateLimits``.
    public func rateLimit(
        _ calls: Int, per period: RatePeriod, burst: Int? = nil, cost: Int = 1,
        scope: RateLimit.Scope = .connection, onExceeded: RateLimit.ExceededAction = .reject, isDryRun: Bool = false
    ) -> Access {
        rateLimit(
            RateLimit(
                calls, per: period, burst: burst, cost: cost, scope: scope, onExceeded: onExceeded,
                isDryRun: isDryRun))
    }

    /// Limits the rate of calls and other packets, with a period such as `.seconds(10)`.
    /// - Parameters:
    ///   - calls: The number of calls of cost 1 that are allowed per period, 1 to 1,000,000,000.
    ///   - period: 1 ms to 366 days. An invalid period prevents the server from starting.
    ///   - burst: The number of calls that may arrive at once after a pause, 1 to 1,000,000,000; `calls` by default.
    ///   - cost: The number of calls that one call counts as, 1 to `burst`.
    ///   - scope: The callers that share the limit.
    ///   - onExceeded: Whether to refuse the call, or to close the connection with 1013.
    ///   - isDryRun: Whether to count only, without refusing calls; see ``WebSocketServer/rateLimits``.
    public func rateLimit(
        _ calls: Int, per period: Duration, burst: Int? = nil, cost: Int = 1, scope: RateLimit.Scope = .connection,
        onExceeded: RateLimit.ExceededAction = .reject, isDryRun: Bool = false
    ) -> Access {
        rateLimit(
            calls, per: RatePeriod(period), burst: burst, cost: cost, scope: scope, onExceeded: onExceeded,
            isDryRun: isDryRun)
    }

    /// Limits the rate of calls and other packets.
    ///
    /// If there are several limits, a call must pass all of them; a call that is refused is not charged to any.
    public func rateLimit(_ limits: RateLimit...) -> Access {
        rateLimits(limits)
    }

    /// Limits the rate of calls and other packets, with the limits of an array.
    public func rateLimits(_ limits: [RateLimit]) -> Access {
        var access = self
        access.limits += limits
        return access
    }
}
