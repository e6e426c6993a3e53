/// A name of a hub that accepts publications: a ``Channel``, or a ``Room`` with the channel of the same name.
public protocol ChannelDestination: Sendable, Hashable {
    /// The hub that the name belongs to.
    var hub: Hub { get }
    /// The name.
    var name: String { get }
}

extension ChannelDestination {
    /// The counts since the first subscriber or member; nil if there are no subscribers or members.
    public var statistics: ChannelStatistics? { hub.channelStatistics(of: name) }

    /// Publishes a value to the subscribers and members; see
    /// ``Hub/publish(_:to:event:where:excluding:)-(_,[String],_,_,_)``.
    /// - Throws: ``RPCErrorCode/invalidParameters`` if a name is invalid; `EncodingError` if the value cannot be
    ///   encoded. If it throws, nothing is published.
    public func publish(
        _ value: some Encodable & Sendable, event: String? = nil, where predicate: (any SessionPredicate)? = nil,
        excluding excluded: Connection...
    ) throws {
        try publish(value, event: event, where: predicate, excluding: excluded)
    }

    /// Publishes a value to the subscribers and members, except those in a list of connections.
    /// - Throws: ``RPCErrorCode/invalidParameters`` if a name is invalid; `EncodingError` if the value cannot be
    ///   encoded. If it throws, nothing is published.
    public func publish(
        _ value: some Encodable & Sendable, event: String? = nil, where predicate: (any SessionPredicate)? = nil,
        excluding excluded: [Connection]
    ) throws {
        try hub.publish(value, to: [name], event: event, where: predicate, excluding: excluded)
    }

    /// Publishes a value, and returns when every recipient has room for more; see
    /// ``Hub/publishAndWait(_:to:event:where:excluding:)-(_,[String],_,_,_)``.
    /// - Returns: The number of recipients on this server.
    /// - Throws: ``RPCErrorCode/invalidParameters`` if a name is invalid; `EncodingError` if the value cannot be
    ///   encoded; `CancellationError` if the task is cancelled while it waits. After a cancellation the message stays
    ///   published.
    @discardableResult
    public func publishAndWait(
        _ value: some Encodable & Sendable, event: String? = nil, where predicate: (any SessionPredicate)? = nil,
        excluding excluded: Connection...
    ) async throws -> Int {
        try await hub.publishAndWait(value, to: [name], event: event, where: predicate, excluding: excluded)
    }
}

extension Hub {
    fileprivate func channelStatistics(of name: String) -> ChannelStatistics? {
        directory.roster.withLock { roster in
            guard let counts = roster.counters(of: name)?.counts else { return nil }
            return ChannelStatistics(
                subscribers: roster.subscriberCount(of: name), members: roster.memberCount(of: name),
                published: counts.published, delivered: counts.delivered, dropped: counts.dropped)
        }
    }
}
