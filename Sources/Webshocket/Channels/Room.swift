/// A room of a hub: a channel that knows its members.
///
///     try connection.join("lobby")
///     let lobby = connection.hub.room("lobby")
///     try lobby.publish("welcome", event: "greeting", excluding: connection)
///
/// It is a name, and costs nothing to make. The room is there from the first who joins to the last who leaves, by
/// itself or
/// because its connection ends. What is published to the channel of that name reaches its members too.
public struct Room: Sendable, Hashable {
    let hub: Hub
    /// Its name.
    public let name: String

    /// Who is in it, in the order in which they came.
    public var members: [Connection] { hub.directory.roster.withLock { $0.arrivals(in: name) }.inOrder }

    /// How many are in it.
    public var size: Int { hub.directory.roster.withLock { $0.memberCount(of: name) } }

    /// Whether a connection is in it.
    public func contains(_ connection: Connection) -> Bool {
        hub.directory.roster.withLock { $0.isMember(connection.id, of: name) }
    }

    /// What is known of it, for as long as somebody is in it: nothing for a room without members, and what is set there
    /// is
    /// ignored. Each access is one lock.
    public subscript(key: String) -> Value? {
        get { hub.directory.roster.withLock { $0.metadata(ofRoom: name)[key] } }
        nonmutating set { hub.directory.roster.withLock { $0.setMetadata(ofRoom: name, key, newValue) } }
    }

    /// All that is known of it.
    public var metadata: [String: Value] { hub.directory.roster.withLock { $0.metadata(ofRoom: name) } }

    /// What it counts, from its first member or subscriber to its last; nil while it has none.
    public var statistics: ChannelStatistics? { hub.channelStatistics(of: name) }

    /// Publishes a value to its members and subscribers; see
    /// ``Hub/publish(_:to:event:where:excluding:)-(_,[String],_,_,_)``.
    public func publish(
        _ value: some Encodable & Sendable, event: String? = nil, where predicate: SessionPredicate? = nil,
        excluding excluded: Connection...
    ) throws {
        try hub.publish(value, to: [name], event: event, where: predicate, excluding: excluded)
    }

    /// Publishes a value to all but a list of its members and subscribers.
    public func publish(
        _ value: some Encodable & Sendable, event: String? = nil, where predicate: SessionPredicate? = nil,
        excluding excluded: [Connection]
    ) throws {
        try hub.publish(value, to: [name], event: event, where: predicate, excluding: excluded)
    }
}
