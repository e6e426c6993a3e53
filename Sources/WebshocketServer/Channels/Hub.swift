import EventLoops

/// The connections of one path, with their channels, rooms and users. Use it to send to more than one connection.
///
///     try server.hub.broadcast("back in five minutes")
///     try connection.hub.publish(score, to: "scores.tennis")
///     try connection.hub.send("your parcel is here", toUser: "ann")
///
/// Each path of a server has its own hub, and a name on one path is independent of the same name on another. A hub is
/// thread-safe. A connection belongs to its hub from before `onConnect` until the connection has ended.
public final class Hub: Sendable {
    /// The path of the hub's connections.
    public let path: String
    let settings: HubSettings
    let directory = Directory<Connection>()
    let traffic = ChannelCounters()
    let slowConsumers = SlowConsumerCounters()
    private let table = Locked(RuleTable.none)

    init(path: String, settings: HubSettings) {
        self.path = path
        self.settings = settings
    }

    /// Sets the rules and makes the part of each loop. Called at server start, before the first connection.
    func start(on loops: [EventLoop], rules: RuleTable) {
        table.withLock { $0 = rules }
        directory.start(on: loops, syntax: settings.syntax)
    }

    /// The rules of the path's handler; none before the server starts.
    var rules: RuleTable { table.withLock { $0 } }

    func selector(_ name: String) throws(RPCError) -> ChannelSelector {
        try ChannelSelector(name, syntax: settings.syntax, limits: settings.nameLimits)
    }

    /// - Throws: ``RPCErrorCode/invalidParameters`` if applications may not use the name for an event.
    func check(event: String?) throws(RPCError) {
        guard let event, let fault = NameTable<Void>.fault(of: event) else { return }
        throw RPCError("event '\(event.shownToCallers)': \(fault)", code: .invalidParameters)
    }

    func check(name: String) throws(RPCError) {
        try ChannelSelector.checkName(name, syntax: settings.syntax, limits: settings.nameLimits)
    }
}

/// The settings of a hub.
package struct HubSettings: Sendable {
    package init() {}

    var syntax = PatternSyntax.segments
    var nameLimits = ChannelNameLimits()
    /// The maximum number of subscriptions and rooms of one connection; 0 for no limit.
    var subscriptions = 128
    /// How often a peer may join rooms that announce their members.
    var roomJoins: [RateLimit] = []
    /// The kind of message that carries JSON packets.
    var jsonKind = MessageKind.text
    var log = LogSink.standardError
    /// Carries publications to other servers; nil if the server runs alone.
    var broker: (any Broker)?
}

extension Hub: Hashable {
    /// Returns whether both are the same hub.
    public static func == (lhs: Hub, rhs: Hub) -> Bool { lhs === rhs }

    /// Hashes the identity of the hub.
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
