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

    /// Whether a closure may compare the name with the connection's user ID by `==`: two texts in Normalization Form C
    /// are equal exactly if their bytes are.
    func isUnmistakable(for connection: Connection) -> Bool {
        NormalFormC.contains(name) && connection.userID.map(NormalFormC.contains) ?? true
    }

    /// How many are subscribed to the very name; who a pattern brings is not counted.
    public var subscriberCount: Int { hub.directory.roster.withLock { $0.subscriberCount(of: name) } }
}
