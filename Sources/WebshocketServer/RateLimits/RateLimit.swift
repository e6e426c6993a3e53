/// A limit on how often a method may be called, as a token bucket.
///
/// A bucket holds up to ``burst`` tokens and is full at first. It is refilled evenly, with ``calls`` tokens in each
/// ``period``, and without rounding. A call takes ``cost`` tokens. It is refused if the bucket has fewer. So `burst`
/// tokens are available at once after a pause. In any interval, at most `burst` tokens can be spent, plus those that
/// are refilled during the interval.
///
/// A refused call takes no tokens, neither for this limit nor for any other limit of the method.
public struct RateLimit: Sendable, Hashable {
    /// The callers that share a bucket.
    public enum Scope: Sendable, Hashable {
        /// Each connection has its own bucket, which is full when the connection opens.
        case connection
        /// All connections of a user share a bucket, which outlives them. A connection without a user is counted by its
        /// address.
        case user
        /// All connections from a remote address share a bucket, which outlives them. For IPv6, all connections from a
        /// /64 share one.
        case address
        /// All callers of the method share a bucket. If the limit is a handler's default, all callers of the handler's
        /// methods without limits of their own share one.
        case method
        /// The whole server has one bucket. All methods of all handlers that declare the same calls, period and burst
        /// with this scope share it. Dry runs have a separate one.
        case server
    }

    /// The action when a call exceeds the limit.
    public enum ExceededAction: Sendable, Hashable {
        /// The call is refused with ``RPCErrorCode/rateLimited``, and the connection stays open.
        case reject
        /// The connection is closed with 1013.
        case disconnect
    }

    /// The largest value of ``calls`` and ``burst``. It ensures that the numbers of a bucket fit into 128 bits, even
    /// with the longest period.
    package static let most = 1_000_000_000

    /// The number of tokens that are refilled in one period; 1 to 1,000,000,000.
    public var calls: Int
    /// The time to refill ``calls`` tokens; 1 ms to 366 days.
    public var period: RatePeriod
    /// The number of tokens in a full bucket; 1 to 1,000,000,000.
    public var burst: Int
    /// The number of tokens that a call takes; 1 to ``burst``.
    public var cost: Int
    /// The callers that share a bucket.
    public var scope: Scope
    /// The action when a call exceeds the limit.
    public var onExceeded: ExceededAction
    /// Whether calls that exceed the limit are only counted, and not refused.
    public var isDryRun: Bool

    /// Creates a limit with a period such as "10s", "1m" or "1d".
    ///
    /// The server does not start if a value is out of range.
    /// - Parameters:
    ///   - calls: The number of calls of cost 1 that are allowed per period; 1 to 1,000,000,000.
    ///   - period: The time to refill `calls` tokens; 1 ms to 366 days.
    ///   - burst: The number of calls of cost 1 that are allowed at once after a pause; 1 to 1,000,000,000. The default
    ///     is `calls`.
    ///   - cost: The number of tokens that a call takes; 1 to `burst`.
    ///   - scope: The callers that share a bucket.
    ///   - onExceeded: The action when a call exceeds the limit.
    ///   - isDryRun: Whether calls that exceed the limit are only counted.
    public init(
        _ calls: Int, per period: RatePeriod, burst: Int? = nil, cost: Int = 1, scope: Scope = .connection,
        onExceeded: ExceededAction = .reject, isDryRun: Bool = false
    ) {
        self.calls = calls
        self.period = period
        self.burst = burst ?? calls
        self.cost = cost
        self.scope = scope
        self.onExceeded = onExceeded
        self.isDryRun = isDryRun
    }

    /// Creates a limit with a period of type `Duration` such as `.seconds(10)`.
    ///
    /// The server does not start if a value is out of range.
    /// - Parameters:
    ///   - calls: The number of calls of cost 1 that are allowed per period; 1 to 1,000,000,000.
    ///   - period: The time to refill `calls` tokens; 1 ms to 366 days.
    ///   - burst: The number of calls of cost 1 that are allowed at once after a pause; 1 to 1,000,000,000. The default
    ///     is `calls`.
    ///   - cost: The number of tokens that a call takes; 1 to `burst`.
    ///   - scope: The callers that share a bucket.
    ///   - onExceeded: The action when a call exceeds the limit.
    ///   - isDryRun: Whether calls that exceed the limit are only counted.
    public init(
        _ calls: Int, per period: Duration, burst: Int? = nil, cost: Int = 1, scope: Scope = .connection,
        onExceeded: ExceededAction = .reject, isDryRun: Bool = false
    ) {
        self.init(
            calls, per: RatePeriod(period), burst: burst, cost: cost, scope: scope, onExceeded: onExceeded,
            isDryRun: isDryRun)
    }

    /// A description of the first invalid value, without the name of the limit's method; nil if the limit is valid.
    package var fault: String? {
        for (name, number) in [("calls", calls), ("burst", burst)] where !(1...Self.most).contains(number) {
            return "\(name) must be 1 to \(Self.most) (got \(number))"
        }
        guard (1...burst).contains(cost) else { return "cost must be 1 to the burst of \(burst) (got \(cost))" }
        return period.fault
    }
}

extension RateLimit: CustomStringConvertible {
    /// The limit in one line for a log, such as "5 per 1m for each connection".
    public var description: String {
        let burst = burst == calls ? "" : ", burst \(burst)"
        let cost = cost == 1 ? "" : ", cost \(cost)"
        let comma = burst.isEmpty && cost.isEmpty ? "" : ","
        return "\(calls) per \(period)\(burst)\(cost)\(comma) for \(scope.group)"
    }
}

extension RateLimit.Scope {
    fileprivate var group: String {
        switch self {
        case .connection: "each connection"
        case .user: "each user"
        case .address: "each address"
        case .method: "all callers together"
        case .server: "the whole server"
        }
    }
}
