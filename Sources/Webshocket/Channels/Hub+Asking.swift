// Who and what there is; each answer is true at one moment, and takes one lock.
extension Hub {
    /// The connections, in the order in which they came.
    public var connections: [Connection] { directory.roster.withLock { $0.arrivals }.inOrder }

    /// How many connections there are.
    public var connectionCount: Int { directory.roster.withLock { $0.connectionCount } }

    /// The connection with an id; nil for one that is not here, or no longer.
    public func connection(id: Connection.ID) -> Connection? { directory.roster.withLock { $0.member(id) } }

    /// The connections of a user, in the order in which they came.
    /// - Parameter user: what their ``Connection/userID`` is.
    public func connections(ofUser user: String) -> [Connection] {
        directory.roster.withLock { $0.arrivals(ofUser: user) }.inOrder
    }

    /// The connected users, and their connection counts. IDs that are canonically equivalent, which an authentication
    /// does not admit, are counted together; ``connections(ofUser:)`` compares bytes.
    public var users: [String: Int] { directory.roster.withLock { $0.usersByName } }

    /// The channels and patterns with subscribers, and their subscriber counts. Names that are canonically equivalent are
    /// counted together.
    public var channels: [String: Int] { directory.roster.withLock { $0.subscribersByName } }

    /// The rooms with members, and their member counts. Names that are canonically equivalent are counted together.
    public var rooms: [String: Int] { directory.roster.withLock { $0.roomsByName } }

    /// A channel, whether or not anybody is subscribed to it.
    public func channel(_ name: String) -> Channel { Channel(hub: self, name: name) }

    /// A room, whether or not anybody is in it.
    public func room(_ name: String) -> Room { Room(hub: self, name: name) }

    /// Whether somebody here is to get what is published to a name, or what a pattern matches.
    package func isWanted(_ name: String) -> Bool { directory.roster.withLock { $0.counters(of: name) != nil } }

    /// How many there are of what, and how much went through, since the start.
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
