/// A room of a hub: a channel with members.
///
///     try connection.join("lobby")
///     let lobby = connection.hub.room("lobby")
///     try lobby.publish("welcome", event: "greeting", excluding: connection)
///
/// A value of this type is only a name and costs nothing to make. The room exists from its first member to its last. A
/// member leaves when it asks to, or when its connection ends. Messages that are published to the channel of the same
/// name are delivered to the members too.
public struct Room: ChannelDestination {
    /// The hub that the room belongs to.
    public let hub: Hub
    /// The room's name.
    public let name: String

    /// The members, in the order of their arrival.
    public var members: [Connection] { hub.directory.roster.withLock { $0.arrivals(in: name) }.inOrder }

    /// The number of members.
    public var memberCount: Int { hub.directory.roster.withLock { $0.memberCount(of: name) } }

    /// Returns whether a connection is a member.
    public func contains(_ connection: Connection) -> Bool {
        hub.directory.roster.withLock { $0.isMember(connection.id, of: name) }
    }

    /// A value of the room's metadata, which exists while the room has members.
    ///
    /// For a room without members it is nil, and setting it has no effect. Each access takes one lock. Keys are
    /// compared by their UTF-8 bytes.
    public subscript(key: String) -> WireValue? {
        get { hub.directory.roster.withLock { $0.metadata(ofRoom: name, key) } }
        nonmutating set { hub.directory.roster.withLock { $0.setMetadata(ofRoom: name, key, newValue) } }
    }

    /// The room's metadata.
    public var metadata: [String: WireValue] { hub.directory.roster.withLock { $0.metadata(ofRoom: name) } }
}
