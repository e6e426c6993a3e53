/// A channel of a hub. Messages that are published to it are delivered to its subscribers.
///
///     let news = connection.hub.channel("news")
///     try news.publish("it rains", event: "weather")
///
/// A value of this type is only a name and costs nothing to make. The channel exists while it has subscribers.
public struct Channel: ChannelDestination {
    /// The hub that the channel belongs to.
    public let hub: Hub
    /// The channel's name.
    public let name: String

    /// Whether the name is in Unicode Normalization Form C.
    ///
    /// `==` compares two texts in this form exactly: if they are canonically equivalent, their bytes are equal too.
    var isUnmistakable: Bool { NormalFormC.contains(name) }

    /// The number of connections that are subscribed to this exact name. Subscriptions to matching patterns do not
    /// count.
    public var subscriberCount: Int { hub.directory.roster.withLock { $0.subscriberCount(of: name) } }
}

extension Connection {
    /// Whether the user ID is in Unicode Normalization Form C, or nil; see ``Channel/isUnmistakable``.
    var hasUnmistakableUserID: Bool { userID.map(NormalFormC.contains) ?? true }
}
