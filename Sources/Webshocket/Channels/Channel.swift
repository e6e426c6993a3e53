/// A channel of a hub: what is published to it goes to its subscribers.
///
///     let news = connection.hub.channel("news")
///     try news.publish("it rains", event: "weather")
///
/// It is a name, and costs nothing to make; the channel is there while somebody is subscribed.
public struct Channel: Sendable, Hashable {
    let hub: Hub
    /// Its name.
    public let name: String

    /// How many are subscribed to the very name; who a pattern brings is not counted.
    public var subscriberCount: Int { hub.directory.roster.withLock { $0.subscriberCount(of: name) } }

    /// What it counts, from its first subscriber to its last; nil while it has none.
    public var statistics: ChannelStatistics? { hub.channelStatistics(of: name) }

    /// Publishes a value; see ``Hub/publish(_:to:event:where:excluding:)-(_,[String],_,_,_)``.
    public func publish(
        _ value: some Encodable & Sendable, event: String? = nil, where predicate: SessionPredicate? = nil,
        excluding excluded: Connection...
    ) throws {
        try hub.publish(value, to: [name], event: event, where: predicate, excluding: excluded)
    }

    /// Publishes a value to all but a list of its subscribers.
    public func publish(
        _ value: some Encodable & Sendable, event: String? = nil, where predicate: SessionPredicate? = nil,
        excluding excluded: [Connection]
    ) throws {
        try hub.publish(value, to: [name], event: event, where: predicate, excluding: excluded)
    }
}

extension Hub {
    func channelStatistics(of name: String) -> ChannelStatistics? {
        directory.roster.withLock { roster in
            guard let counts = roster.counters(of: name)?.counts else { return nil }
            return ChannelStatistics(
                subscribers: roster.subscriberCount(of: name), members: roster.memberCount(of: name),
                published: counts.published, delivered: counts.delivered, dropped: counts.dropped)
        }
    }
}
