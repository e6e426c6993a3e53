/// The settings of a server that have a default.
public struct ServerConfiguration: Sendable {
    /// What kind of frame a JSON packet is sent in.
    public enum JSONFrames: String, Sendable {
        /// Text frames, so that a browser's `JSON.parse(event.data)` works.
        case text
        /// Binary frames, as the Python package sends them.
        case binary
    }

    /// A signal that asks a process to end.
    public enum Signal: Int32, Sendable {
        /// SIGINT, as by Control-C.
        case interrupt = 2
        /// SIGTERM, as by a service manager.
        case terminate = 15
    }

    /// How many event loops, each with a thread of its own; nil for one per core.
    public var loops: Int?
    /// What peers may send, and how much is held for them.
    public var limits = Limits()
    /// How long peers are waited for.
    public var timeouts = Timeouts()
    /// What secures all connections; nil, the default, for plain `ws:`. Not on a Unix-domain socket.
    public var tls: ServerTLS?
    /// permessage-deflate (RFC 7692); nil, the default, declines it. It costs CPU, and memory for each connection.
    public var compression: CompressionOptions?
    /// What frames JSON packets are sent in.
    public var jsonFrames = JSONFrames.text
    /// How the wildcards of subscriptions are written.
    public var patterns = PatternSyntax.segments
    /// What becomes of messages of channels, rooms and broadcasts that a peer does not read in time, where neither the
    /// channel nor the connection says otherwise.
    public var slowConsumers = SlowConsumerPolicy.disconnect
    /// Which pages of browsers may connect (RFC 6455, 10.2).
    public var origins = OriginPolicy.sameHost
    /// The proxies in front of the server that say who their clients are; nil, the default, believes nobody. See
    /// Protocol.md, "Behind proxies".
    public var trustedProxies: TrustedProxies?
    /// Pages that tell whether the server serves, and is ready; nil for none.
    public var healthChecks: HealthChecks? = HealthChecks()
    /// What clients are told at a shutdown. Half a second is what a process takes to be replaced by the next; in five
    /// seconds 10,000 clients make 2,000 connections a second, which one core can shake hands with.
    public var comingBack = ComingBack.within(.milliseconds(500) ... .seconds(5))
    /// On which signals ``WebSocketServer/run()`` begins a graceful shutdown; none for a process that sees to its
    /// signals itself.
    public var shutdownSignals: Set<Signal> = [.interrupt, .terminate]
    /// Carries what is published to other servers; nil for a server alone.
    package var broker: (any Broker)?
    /// The clock that admissions expire by, which a test can replace. Timers run in real time.
    package var clock: @Sendable () -> ContinuousClock.Instant = { .now }
    /// How long a handler may hold an event loop before the log names it; nil to watch no loops. It is named while it
    /// still runs: by its RPC method, event, page or path, after 1.5 times this time at the latest. At least 1 ms; more
    /// than a day counts as a day.
    public var watchdog: Duration? = .milliseconds(250)
    /// Where lines for the operator go.
    public var log = Log.standardError

    /// Makes a configuration that differs from the defaults in what is given.
    public init(
        loops: Int? = nil, limits: Limits = Limits(), timeouts: Timeouts = Timeouts(),
        compression: CompressionOptions? = nil, origins: OriginPolicy = .sameHost, log: Log = .standardError
    ) {
        self.loops = loops
        self.limits = limits
        self.timeouts = timeouts
        self.compression = compression
        self.origins = origins
        self.log = log
    }

    /// What the hubs of a server are made with.
    var hubSettings: HubSettings {
        var settings = HubSettings()
        settings.syntax = patterns
        settings.nameLimits = limits.channelNames
        settings.subscriptions = limits.subscriptions
        settings.roomJoins = limits.roomJoins
        settings.jsonKind = jsonFrames == .text ? .text : .binary
        settings.log = log
        settings.broker = broker
        return settings
    }
}
