/// A room of a hub: a channel that knows its members.
///
///     try connection.join("lobby")
///     let lobby = connection.hub.room("lobby")
///     try lobby.publish("welcome", event: "greeting", excluding: connection)
///
/// It is a name, and costs nothing to make. The room is there from the first who joins to the last who leaves, by
/// itself or because its connection ends. What is published to the channel of that name reaches its members too.
public struct Room: ChannelDestination {
    /// The hub that it is of.
    public let hub: Hub
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
    /// is ignored. Each access is one lock; keys are compared by their UTF-8 bytes.
    public subscript(key: String) -> Value? {
        get { hub.directory.roster.withLock { $0.metadata(ofRoom: name, key) } }
        nonmutating set { hub.directory.roster.withLock { $0.setMetadata(ofRoom: name, key, newValue) } }
    }

    /// All that is known of it.
    public var metadata: [String: Value] { hub.directory.roster.withLock { $0.metadata(ofRoom: name) } }
}
