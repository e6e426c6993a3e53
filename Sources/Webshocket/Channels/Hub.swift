import EventLoops

/// What reaches more than one connection of a path: channels, rooms, users, and everyone.
///
///     try server.hub.broadcast("back in five minutes")
///     try connection.hub.publish(score, to: "scores.tennis")
///     try connection.hub.send("your parcel is here", toUser: "ann")
///
/// Each path of a server has one, so names of one path mean nothing on another. It may be used from any thread. It
/// knows a connection from before `onConnect` until it has ended.
public final class Hub: Sendable {
    /// The path of its connections.
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

    /// When the server starts; nobody can have connected before.
    func start(on loops: [EventLoop], rules: RuleTable) {
        table.withLock { $0 = rules }
        directory.start(on: loops, syntax: settings.syntax)
    }

    /// None before the server starts.
    var rules: RuleTable { table.withLock { $0 } }

    func selector(_ name: String) throws(RPCError) -> ChannelSelector {
        try ChannelSelector(name, syntax: settings.syntax, limits: settings.nameLimits)
    }

    /// - Throws: ``RPCErrorCode/invalidParameters`` for a name that events of applications cannot have.
    func check(event: String?) throws(RPCError) {
        guard let event, let fault = NameTable<Void>.fault(of: event) else { return }
        throw RPCError("event '\(event.shownToCallers)': \(fault)", code: .invalidParameters)
    }

    func check(name: String) throws(RPCError) {
        try ChannelSelector.checkName(name, syntax: settings.syntax, limits: settings.nameLimits)
    }
}

/// What a hub is made with.
package struct HubSettings: Sendable {
    package init() {}

    var syntax = PatternSyntax.segments
    var nameLimits = ChannelNameLimits()
    /// Subscriptions and rooms of one connection; 0 for any number.
    var subscriptions = 128
    /// How often a peer may join a room that announces its members.
    var roomJoins: [RateLimit] = []
    /// What JSON packets travel in.
    var jsonKind = MessageKind.text
    var log = Log.standardError
    /// Carries publications to other servers.
    var broker: (any Broker)?
}

extension Hub: Hashable {
    /// Whether both are the same hub.
    public static func == (lhs: Hub, rhs: Hub) -> Bool { lhs === rhs }

    /// Hashes which hub it is.
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
