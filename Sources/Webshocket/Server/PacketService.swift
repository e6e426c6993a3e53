/// A handler with what it declares, made ready at start. A class, because every message passes it on.
final class PacketService: Sendable {
    let handler: any WebSocketHandler
    let methods: MethodTable
    /// What every call and packet has to satisfy.
    let requirement: SessionExpression?
    /// The limits of what has none of its own.
    let limits: LimitPlan?

    /// - Throws: ``StartupError`` that names the method at fault.
    init(_ handler: any WebSocketHandler, path: String, limiter: inout RateLimiterBuilder) throws(StartupError) {
        self.handler = handler
        requirement = handler.requirement?.expression
        limiter.beginHandler()
        limits = try limiter.plan(for: path, handler.rateLimits)
        methods = try MethodTable(handler.methods, defaultLimits: limits, limiter: &limiter)
    }
}
