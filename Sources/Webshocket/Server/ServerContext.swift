/// What all loops of a server share; nothing in it changes but what is counted.
final class ServerContext: Sendable {
    let configuration: ServerConfiguration
    let router: Router
    let census: ConnectionCensus
    let limiter: RateLimiter
    let slowConsumers = SlowConsumerCounters()

    init(_ configuration: ServerConfiguration, routes: [Route]) throws(StartupError) {
        try configuration.limits.check()
        try configuration.timeouts.check()
        try configuration.slowConsumers.check()
        if let loops = configuration.loops, loops < 1 {
            throw StartupError(code: .badConfiguration, message: "loops is to be 1 or more, not \(loops)")
        }
        self.configuration = configuration
        var limiter = RateLimiterBuilder()
        router = try Router(routes, limiter: &limiter)
        self.limiter = limiter.limiter(start: .now, bound: configuration.limits.rateBuckets)
        census = ConnectionCensus(
            limit: configuration.limits.connections,
            limitPerAddress: configuration.limits.connectionsPerAddress)
    }
}
