/// What a hub counts.
public struct HubStatistics: Sendable, Hashable {
    /// Connections.
    public let connections: Int
    /// Users with at least one connection.
    public let users: Int
    /// Channels and patterns with at least one subscriber.
    public let channels: Int
    /// Rooms with at least one member.
    public let rooms: Int
    /// Publications and broadcasts since the start, whether or not anybody got them.
    public let published: Int
    /// Messages that were handed to connections for them since the start.
    public let delivered: Int
    /// Messages that slow consumers did not get, as declared, since the start.
    public let dropped: Int
    /// What became of messages for connections that were too slow, direct ones included.
    public let slowConsumers: SlowConsumerStatistics
}

/// What a channel counts, from its first subscriber or member to its last.
public struct ChannelStatistics: Sendable, Hashable {
    /// Who is subscribed to the very name; who a pattern brings is not counted.
    public let subscribers: Int
    /// Who has joined the room of that name.
    public let members: Int
    /// Publications while there were subscribers or members.
    public let published: Int
    /// Messages that were handed to those.
    public let delivered: Int
    /// Messages that slow consumers among them did not get, as declared.
    public let dropped: Int
}
