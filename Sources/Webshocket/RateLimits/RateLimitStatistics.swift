/// How often one declared rate limit was exceeded since the server started.
public struct RateLimitStatistics: Sendable, Hashable {
    /// The method that declares the limit, or the path of the handler whose default it is; for an authentication's the
    /// path and " (authentication)".
    public let method: String
    /// The limit in words, such as "5 per 1m for each connection".
    public let limit: String
    /// How many calls it refused, or would have refused in a dry run. A call that several limits refuse counts for
    /// each.
    public let exceeded: Int
    /// Whether the limit only counts.
    public let isDryRun: Bool

    package init(method: String, limit: String, exceeded: Int, isDryRun: Bool) {
        self.method = method
        self.limit = limit
        self.exceeded = exceeded
        self.isDryRun = isDryRun
    }
}
