/// The number of calls that exceeded a declared rate limit since the server started.
public struct RateLimitStatistics: Sendable, Hashable {
    /// The name of the method that declares the limit. For a handler's default it is the path; for a limit on
    /// authentication, the path and " (authentication)".
    public let method: String
    /// The description of the limit, such as "5 per 1m for each connection".
    public let limit: String
    /// The number of calls that the limit refused, or would have refused in a dry run. If several limits refuse a call,
    /// each of them counts it.
    public let exceeded: Int
    /// Whether the limit only counts calls, and refuses none.
    public let isDryRun: Bool

    package init(method: String, limit: String, exceeded: Int, isDryRun: Bool) {
        self.method = method
        self.limit = limit
        self.exceeded = exceeded
        self.isDryRun = isDryRun
    }
}
