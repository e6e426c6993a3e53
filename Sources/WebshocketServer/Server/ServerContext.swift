import EventLoops

/// The state shared by all loops of a server. Immutable except for its counters.
final class ServerContext: Sendable {
    let configuration: ServerConfiguration
    let router: Router
    let pages: PageTable
    let counter: ConnectionCounter
    let limiter: RateLimiter
    let log: ThrottledLog
    /// The trusted proxies; nil if there are none.
    let proxies: ProxyTrust?
    let security: ServerSecurity
    private let hubs: [String: Hub]
    /// The server. Weak, because the server retains this object while it runs.
    weak let server: WebSocketServer?

    /// - Parameters:
    ///   - paths: All served paths.
    ///   - hubs: One hub for each route.
    ///   - security: The TLS state, with certificates already loaded.
    /// - Throws: ``ServerError`` if a setting or a route is invalid.
    init(
        of server: WebSocketServer, _ configuration: ServerConfiguration, paths: [AnyRoute], hubs: [String: Hub],
        security: ServerSecurity
    ) throws(ServerError) {
        self.server = server
        try configuration.limits.check()
        try configuration.timeouts.check()
        try configuration.slowConsumers.check()
        try configuration.shutdownAdvice.check()
        if let entry = configuration.origins.strayEntry {
            throw ServerError(
                code: .invalidConfiguration,
                message: """
                    invalid origin '\(entry)': expected an origin without a path, such as https://example.com, \
                    https://*.example.com or file://, or null
                    """.escapingControlCharacters)
        }
        if let limit = configuration.watchdog, limit <= .zero {
            throw ServerError(code: .invalidConfiguration, message: "watchdog must be positive (got \(limit))")
        }
        if let loops = configuration.loops, loops < 1 {
            throw ServerError(code: .invalidConfiguration, message: "loops must be at least 1 (got \(loops))")
        }
        proxies = try configuration.trustedProxies.map { proxies throws(ServerError) in try ProxyTrust(proxies) }
        self.configuration = configuration
        log = ThrottledLog(configuration.log, clock: configuration.clock)
        self.hubs = hubs
        self.security = security
        var limiter = RateLimiterBuilder()
        pages = try PageTable(paths, checks: configuration.healthChecks)
        router = try Router(paths.compactMap(\.route), limiter: &limiter, channels: configuration.hubSettings)
        self.limiter = limiter.limiter(start: configuration.clock.now, bound: configuration.limits.rateBuckets)
        counter = ConnectionCounter(
            limit: configuration.limits.connections,
            limitPerAddress: configuration.limits.connectionsPerAddress)
    }

    /// Starts each hub on every loop, before any client can connect.
    func startHubs(on loops: [EventLoop]) {
        for hub in hubs.values {
            hub.start(on: loops, rules: router.rules(at: hub.path))
        }
    }

    /// Returns the service at a path and its hub.
    func service(at path: String) -> (Router.Service, Hub)? {
        guard let service = router.service(at: path), let hub = hubs[path] else { return nil }
        return (service, hub)
    }
}
