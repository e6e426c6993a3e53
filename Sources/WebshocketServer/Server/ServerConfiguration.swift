import EventLoops

/// The optional settings of a server.
public struct ServerConfiguration: Sendable {
    /// The kind of frame in which JSON packets are sent.
    public enum JSONFrames: String, Sendable {
        /// Text frames, so that a browser's `JSON.parse(event.data)` works.
        case text
        /// Binary frames, as the Python package sends them.
        case binary
    }

    /// A signal that requests termination.
    public enum Signal: Int32, Sendable {
        /// SIGINT, sent by Control-C.
        case interrupt = 2
        /// SIGTERM, sent by service managers.
        case terminate = 15
    }

    /// The number of event loops, each on its own thread; nil for one per core.
    public var loops: Int?
    /// The limits on input from peers and on resources held for them.
    public var limits = ServerLimits()
    /// The timeouts for peers and pages.
    public var timeouts = ServerTimeouts()
    /// The TLS settings for all connections; nil (the default) for plain `ws:`. Not supported on a Unix-domain socket.
    public var tls: ServerTLS?
    /// The settings of permessage-deflate (RFC 7692); nil (the default) declines compression. Compression costs CPU
    /// time, and memory for each connection.
    public var compression: CompressionOptions?
    /// The kind of frame in which JSON packets are sent.
    public var jsonFrames = JSONFrames.text
    /// The wildcard syntax of subscription patterns.
    public var patterns = PatternSyntax.segments
    /// The policy for messages of channels, rooms and broadcasts that a peer does not read in time. Applies if neither
    /// the channel nor the connection has its own policy.
    public var slowConsumers = SlowConsumerPolicy.disconnect
    /// The origins of web pages that may connect (RFC 6455, 10.2).
    public var origins = OriginPolicy.sameHost
    /// The proxies that are trusted to report the addresses of their clients; nil (the default) to trust none. See
    /// Protocol.md, "Proxies".
    public var trustedProxies: TrustedProxies?
    /// The pages that report liveness and readiness; nil for none.
    public var healthChecks: HealthChecks? = HealthChecks()
    /// The reconnection advice for clients at shutdown. The default starts at 0.5 s, the time in which a process is
    /// typically replaced. It ends at 5 s, so that 10,000 clients make 2,000 connections per second, which one core can
    /// handle.
    public var shutdownAdvice = ShutdownAdvice.reconnect(within: .milliseconds(500) ... .seconds(5))
    /// The signals on which ``WebSocketServer/serve(isReady:)`` begins a graceful shutdown.
    public var shutdownSignals: Set<Signal> = [.interrupt, .terminate]
    /// Forwards publications to other servers; nil for a standalone server.
    package var broker: (any Broker)?
    /// The clock of the server's loops, which tests can replace.
    package var clock = LoopClock.system
    /// The network that the server listens on, which tests can replace.
    package var network = Network.system
    /// The time for which a handler may block an event loop before a warning is logged; nil to disable the watchdog.
    ///
    /// The warning names the RPC method, event, page or path while it is still running, at most 1.5 times this time
    /// after it started. Must be positive. Values below 1 ms count as 1 ms, and values above one day as one day.
    public var watchdog: Duration? = .milliseconds(250)
    /// The destination of log lines.
    public var log = LogSink.standardError

    /// Creates a configuration. Settings that are not parameters have their defaults and can be changed afterwards.
    /// - Parameters:
    ///   - loops: The number of event loops, 1 or more; nil for one per core.
    ///   - limits: The bounds on the data that peers may send and that the server holds for them.
    ///   - timeouts: How long the server waits for peers.
    ///   - tls: The certificate and key; nil for plain `ws:`.
    ///   - compression: The settings of permessage-deflate; nil to decline it.
    ///   - origins: Which web pages may connect.
    ///   - trustedProxies: The proxies that may report the addresses of clients; nil for none.
    ///   - log: Receives lines for the operator.
    public init(
        loops: Int? = nil, limits: ServerLimits = ServerLimits(), timeouts: ServerTimeouts = ServerTimeouts(),
        tls: ServerTLS? = nil, compression: CompressionOptions? = nil, origins: OriginPolicy = .sameHost,
        trustedProxies: TrustedProxies? = nil, log: LogSink = .standardError
    ) {
        self.loops = loops
        self.limits = limits
        self.timeouts = timeouts
        self.tls = tls
        self.compression = compression
        self.origins = origins
        self.trustedProxies = trustedProxies
        self.log = log
    }

    /// The settings for the hubs of the server.
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
