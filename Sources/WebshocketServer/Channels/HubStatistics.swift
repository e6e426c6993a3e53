/// The counts of a hub.
public struct HubStatistics: Sendable, Hashable {
    /// The number of connections.
    public let connections: Int
    /// The number of users with at least one connection.
    public let users: Int
    /// The number of channels and patterns with at least one subscriber.
    public let channels: Int
    /// The number of rooms with at least one member.
    public let rooms: Int
    /// The number of publications and broadcasts since the start, including those without recipients.
    public let published: Int
    /// The number of published and broadcast messages that were delivered to connections since the start.
    public let delivered: Int
    /// The number of messages that were dropped since the start because of slow consumers, according to the policies.
    public let dropped: Int
    /// The counts of slow consumers, including those of direct messages.
    public let slowConsumers: SlowConsumerStatistics
}

/// The counts of a channel since its first subscriber or member.
public struct ChannelStatistics: Sendable, Hashable {
    /// The number of connections that are subscribed to this exact name. Subscriptions to matching patterns do not
    /// count.
    public let subscribers: Int
    /// The number of members of the room of the same name.
    public let members: Int
    /// The number of publications since the first subscriber or member.
    public let published: Int
    /// The number of messages that were delivered to subscribers and members.
    public let delivered: Int
    /// The number of messages that were dropped because of slow consumers, according to the policies.
    public let dropped: Int
}
