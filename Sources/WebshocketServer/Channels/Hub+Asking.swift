// Queries. Each result is a consistent snapshot and takes one lock.
extension Hub {
    /// The connections, in the order of their arrival.
    public var connections: [Connection] { directory.roster.withLock { $0.arrivals }.inOrder }

    /// The number of connections.
    public var connectionCount: Int { directory.roster.withLock { $0.connectionCount } }

    /// The connection with an id; nil if it does not exist or has ended.
    public func connection(id: Connection.ID) -> Connection? { directory.roster.withLock { $0.member(id) } }

    /// The connections of a user, in the order of their arrival.
    /// - Parameter user: The value of their ``Connection/userID``.
    public func connections(ofUser user: String) -> [Connection] {
        directory.roster.withLock { $0.arrivals(ofUser: user) }.inOrder
    }

    /// The connected users, and the number of connections of each.
    ///
    /// Canonically equivalent IDs are counted together. Authentication does not admit them. ``connections(ofUser:)``
    /// compares bytes.
    public var users: [String: Int] { directory.roster.withLock { $0.usersByName } }

    /// The channels and patterns with subscribers, and the number of subscribers of each. Canonically equivalent names
    /// are counted together.
    public var channels: [String: Int] { directory.roster.withLock { $0.subscribersByName } }

    /// The rooms with members, and the number of members of each. Canonically equivalent names are counted together.
    public var rooms: [String: Int] { directory.roster.withLock { $0.roomsByName } }

    /// The channel of a name, with or without subscribers.
    public func channel(_ name: String) -> Channel { Channel(hub: self, name: name) }

    /// The room of a name, with or without members.
    public func room(_ name: String) -> Room { Room(hub: self, name: name) }

    /// Whether a channel or pattern has a subscriber or member on this server.
    package func isWanted(_ name: String) -> Bool { directory.roster.withLock { $0.counters(of: name) != nil } }

    /// The numbers of connections, users, channels and rooms, and the message counts since the start.
    public var statistics: HubStatistics {
        let counts = traffic.counts
        return directory.roster.withLock { roster in
            HubStatistics(
                connections: roster.connectionCount, users: roster.userCount, channels: roster.channelCount,
                rooms: roster.roomCount, published: counts.published, delivered: counts.delivered,
                dropped: counts.dropped, slowConsumers: slowConsumers.statistics)
        }
    }
}
