/// A channel of a hub: what is published to it goes to its subscribers.
///
///     let news = connection.hub.channel("news")
///     try news.publish("it rains", event: "weather")
///
/// It is a name, and costs nothing to make; the channel is there while somebody is subscribed.
public struct Channel: ChannelDestination {
    /// The hub that it is of.
    public let hub: Hub
    /// Its name.
    public let name: String

    /// Whether the name may be compared by `==`, with a user ID for which the same holds: two texts in Normalization
    /// Form C are equal if and only if their bytes are.
    var isUnmistakable: Bool { NormalFormC.contains(name) }

    /// How many are subscribed to the very name; who a pattern brings is not counted.
    public var subscriberCount: Int { hub.directory.roster.withLock { $0.subscriberCount(of: name) } }
}

extension Connection {
    /// Whether the user ID, if there is one, may be compared by `==`; see ``Channel/isUnmistakable``.
    var hasUnmistakableUserID: Bool { userID.map(NormalFormC.contains) ?? true }
}
