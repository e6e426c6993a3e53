/// How often a method may be called, and by whom counted together: a token bucket.
///
/// A bucket holds ``burst`` tokens, is full at first, and fills at ``calls`` tokens in each ``period``, evenly and
/// without rounding. A call takes ``cost`` tokens, and is refused where there are fewer. So after a pause `burst`
/// tokens pass at once, and no stretch of time, wherever it begins, lets more than `burst` and what flows in meanwhile
/// through.
///
/// A refused call takes nothing, from this limit's bucket or from any other that the call has to pass.
public struct RateLimit: Sendable, Hashable {
    /// Who shares a bucket.
    public enum Scope: Sendable, Hashable {
        /// Each connection has its own; a new connection has a full one.
        case connection
        /// All connections of a user share one, which outlives them. A connection without a user counts by its address.
        case user
        /// All connections of one remote address share one, which outlives them; of IPv6, those of one /64.
        case address
        /// All callers of the method share one; of the handler, where it is a handler's default.
        case method
        /// One for the whole server: every method of any handler that declares the same calls, period and burst with
        /// this scope takes from it. A dry run takes from one apart.
        case server
    }

    /// What becomes of a caller who goes past the limit.
    public enum Excess: Sendable, Hashable {
        /// The call is refused with ``RPCErrorCode/rateLimited``, and the connection lives.
        case reject
        /// The connection is closed with 1013.
        case disconnect
    }

    /// The most that ``calls`` and ``burst`` can be. With the longest period it keeps a bucket's numbers in 128 bits.
    package static let most = 1_000_000_000

    /// How many tokens flow in during one period; 1 to 1,000,000,000.
    public var calls: Int
    /// The time in which they do; 1 ms to 366 days.
    public var period: RatePeriod
    /// How many tokens a full bucket holds; 1 to 1,000,000,000.
    public var burst: Int
    /// How many tokens a call takes; 1 to ``burst``.
    public var cost: Int
    /// Who shares a bucket.
    public var scope: Scope
    /// What becomes of a caller who goes past the limit.
    public var onExceeded: Excess
    /// Whether the limit only counts what it would have refused, and refuses nothing.
    public var isDryRun: Bool

    /// Makes a limit with a period such as "10s", "1m" or "1d".
    ///
    /// What is out of range is told when the server starts.
    /// - Parameters:
    ///   - calls: How many calls of cost 1 each period lets through; 1 to 1,000,000,000.
    ///   - period: The time that `calls` is for; 1 ms to 366 days.
    ///   - burst: How many may come at once after a pause; 1 to 1,000,000,000, `calls` where it is not given.
    ///   - cost: How many of them one call counts for; 1 to `burst`.
    ///   - scope: Who is counted together.
    ///   - onExceeded: What becomes of a caller who goes past the limit.
    ///   - isDryRun: Whether the limit only counts what it would have refused.
    public init(
        _ calls: Int, per period: RatePeriod, burst: Int? = nil, cost: Int = 1, scope: Scope = .connection,
        onExceeded: Excess = .reject, isDryRun: Bool = false
    ) {
        self.calls = calls
        self.period = period
        self.burst = burst ?? calls
        self.cost = cost
        self.scope = scope
        self.onExceeded = onExceeded
        self.isDryRun = isDryRun
    }

    /// Makes a limit with a period such as `.seconds(10)`; all else is as with a period in words.
    public init(
        _ calls: Int, per period: Duration, burst: Int? = nil, cost: Int = 1, scope: Scope = .connection,
        onExceeded: Excess = .reject, isDryRun: Bool = false
    ) {
        self.init(
            calls, per: RatePeriod(period), burst: burst, cost: cost, scope: scope, onExceeded: onExceeded,
            isDryRun: isDryRun)
    }

    /// What is wrong with the limit, or nil; whoever reports it says whose limit it is.
    package var fault: String? {
        for (name, number) in [("calls", calls), ("burst", burst)] where !(1...Self.most).contains(number) {
            return "\(name) is to be 1 to \(Self.most), not \(number)"
        }
        guard (1...burst).contains(cost) else { return "cost is to be 1 to the burst of \(burst), not \(cost)" }
        return period.fault
    }
}

extension RateLimit: CustomStringConvertible {
    /// One line for a log, such as "5 per 1m for each connection".
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
