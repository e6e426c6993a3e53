import EventLoops

/// What all loops of a server share; nothing in it changes but what is counted.
final class ServerContext: Sendable {
    let configuration: ServerConfiguration
    let router: Router
    let pages: PageTable
    let census: ConnectionCensus
    let limiter: RateLimiter
    let log: ThrottledLog
    /// Nil where no proxy is believed.
    let proxies: ProxyTrust?
    let security: ServerSecurity
    private let hubs: [String: Hub]
    /// The server itself, which keeps this object while it runs.
    weak let server: WebSocketServer?

    /// - Parameters:
    ///   - paths: all that is served.
    ///   - hubs: one for each route.
    ///   - security: with what was read already.
    init(
        of server: WebSocketServer, _ configuration: ServerConfiguration, paths: [ServedPath], hubs: [String: Hub],
        security: ServerSecurity
    ) throws(StartupError) {
        self.server = server
        try configuration.limits.check()
        try configuration.timeouts.check()
        try configuration.slowConsumers.check()
        try configuration.comingBack.check()
        if let entry = configuration.origins.strayEntry {
            throw StartupError(
                code: .badConfiguration,
                message: """
                    invalid origin '\(entry)': expected an origin without a path, such as https://example.com, \
                    https://*.example.com or file://, or null
                    """.escapingControlCharacters)
        }
        if let limit = configuration.watchdog, limit <= .zero {
            throw StartupError(code: .badConfiguration, message: "watchdog must be positive (got \(limit))")
        }
        if let loops = configuration.loops, loops < 1 {
            throw StartupError(code: .badConfiguration, message: "loops is to be 1 or more, not \(loops)")
        }
        proxies = try configuration.trustedProxies.map { proxies throws(StartupError) in try ProxyTrust(proxies) }
        self.configuration = configuration
        log = ThrottledLog(configuration.log)
        self.hubs = hubs
        self.security = security
        var limiter = RateLimiterBuilder()
        pages = try PageTable(paths, checks: configuration.healthChecks)
        router = try Router(paths.compactMap(\.route), limiter: &limiter, channels: configuration.hubSettings)
        self.limiter = limiter.limiter(start: .now, bound: configuration.limits.rateBuckets)
        census = ConnectionCensus(
            limit: configuration.limits.connections,
            limitPerAddress: configuration.limits.connectionsPerAddress)
    }

    /// Gives each hub its part of every loop, before anybody can connect.
    func startHubs(on loops: [EventLoop]) {
        for hub in hubs.values {
            hub.start(on: loops, rules: router.rules(at: hub.path))
        }
    }

    /// What runs behind a path, and its hub.
    func service(at path: String) -> (Router.Service, Hub)? {
        guard let service = router.service(at: path), let hub = hubs[path] else { return nil }
        return (service, hub)
    }
}
