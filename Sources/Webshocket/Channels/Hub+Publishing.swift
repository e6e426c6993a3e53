extension Hub {
    /// Publishes a value to the subscribers of channels, each of whom gets it once, however many of the channels and
    /// patterns match (Protocol.md, "Channels").
    ///
    ///     try hub.publish(text, to: "news", where: IsEqual("team", "red"), excluding: connection)
    ///
    /// It returns at once. What one task publishes to one channel arrives in that order at every subscriber. The value
    /// is encoded once for each channel and codec that is in use, whether or not anybody is subscribed, and each loop
    /// that has connections gets one job. On a path of raw messages the value alone is sent, without channel and event.
    /// - Parameters:
    ///   - value: anything encodable.
    ///   - channels: names, no patterns; who is subscribed to several of them gets the message of the first.
    ///   - event: the name of what happened, if it has one.
    ///   - predicate: what recipients' session attributes have to satisfy, asked for each of them on its loop; where a
    ///     ``Check`` among them throws, that recipient gets nothing. Nil for all.
    ///   - excluded: who does not get it.
    /// - Throws: ``RPCErrorCode/invalidParameters`` for a name that is none; `EncodingError` for what cannot travel,
    ///   such as NaN in JSON. Then nobody gets anything.
    public func publish(
        _ value: some Encodable & Sendable, to channels: String..., event: String? = nil,
        where predicate: (any SessionPredicate)? = nil, excluding excluded: Connection...
    ) throws {
        try publish(value, to: channels, event: event, where: predicate, excluding: excluded)
    }

    /// Publishes a value to the subscribers of channels, as above.
    public func publish(
        _ value: some Encodable & Sendable, to channels: [String], event: String? = nil,
        where predicate: (any SessionPredicate)? = nil, excluding excluded: [Connection] = []
    ) throws {
        let messages = try messages(value, to: channels, event)
        send(publication(messages, where: predicate, excluding: excluded))
    }

    /// Publishes a value as above, and returns when every subscriber that took it has room for more.
    ///
    /// All get it at once; only the publisher waits, for those whose policy is ``SlowConsumerPolicy/wait(atMost:)``.
    /// - Returns: how many of this server's connections got it.
    /// - Throws: as above, and `CancellationError` when the task is cancelled while it waits: then it is published all
    ///   the same.
    @discardableResult
    public func publishAndWait(
        _ value: some Encodable & Sendable, to channels: String..., event: String? = nil,
        where predicate: (any SessionPredicate)? = nil, excluding excluded: Connection...
    ) async throws -> Int {
        try await publishAndWait(value, to: channels, event: event, where: predicate, excluding: excluded)
    }

    /// Publishes a value to a list of channels, and waits; see
    /// ``publishAndWait(_:to:event:where:excluding:)-(_,String...,_,_,_)``.
    @discardableResult
    public func publishAndWait(
        _ value: some Encodable & Sendable, to channels: [String], event: String? = nil,
        where predicate: (any SessionPredicate)? = nil, excluding excluded: [Connection] = []
    ) async throws -> Int {
        let messages = try messages(value, to: channels, event)
        return try await sendAndWait(publication(messages, where: predicate, excluding: excluded, isAwaited: true))
    }

    /// Sends a value to every connection of the path.
    /// - Parameters:
    ///   - value: anything encodable.
    ///   - event: the name of what happened, if it has one.
    ///   - predicate: what recipients' session attributes have to satisfy; nil for all.
    ///   - excluded: who does not get it.
    /// - Throws: `EncodingError` for what cannot travel, such as NaN in JSON; then nobody gets anything.
    public func broadcast(
        _ value: some Encodable & Sendable, event: String? = nil, where predicate: (any SessionPredicate)? = nil,
        excluding excluded: Connection...
    ) throws {
        try broadcast(value, event: event, where: predicate, excluding: excluded)
    }

    /// Sends a value to every connection of the path, as above.
    public func broadcast(
        _ value: some Encodable & Sendable, event: String? = nil, where predicate: (any SessionPredicate)? = nil,
        excluding excluded: [Connection]
    ) throws {
        try check(event: event)
        let message = try message(value, .broadcast, event)
        send(publication([message], where: predicate, excluding: excluded))
    }

    /// Sends a value to all connections of a user, as ``Connection/send(_:)`` does to one.
    ///
    /// What is sent to a user is never dropped; see ``Connection/send(_:)``.
    /// - Parameters:
    ///   - value: anything encodable.
    ///   - user: what the connections' ``Connection/userID`` is.
    ///   - event: the name of what happened, if it has one.
    ///   - excluded: connections of the user that do not get it, such as the one that caused it.
    /// - Returns: how many connections that was; 0 for a user who is not here.
    /// - Throws: `EncodingError` for what cannot travel, ``RPCErrorCode/invalidParameters`` for an event's name that is
    ///   none; then nothing is sent.
    @discardableResult
    public func send(
        _ value: some Encodable & Sendable, toUser user: String, event: String? = nil,
        excluding excluded: Connection...
    ) throws -> Int {
        try check(event: event)
        let excluded = Set(excluded.map(\.id))
        let connections = connections(ofUser: user).filter { !excluded.contains($0.id) }
        guard !connections.isEmpty else { return 0 }
        let message = try message(value, .custom, event)
        for connection in connections { connection.push(message) }
        return connections.count
    }

    /// Sends a value to one connection.
    /// - Parameter id: its ``Connection/id``.
    /// - Returns: whether there is such a connection here.
    /// - Throws: `EncodingError` for what cannot travel; then nothing is sent.
    @discardableResult
    public func send(
        _ value: some Encodable & Sendable, toConnection id: Connection.ID, event: String? = nil
    ) throws -> Bool {
        try check(event: event)
        guard let connection = connection(id: id) else { return false }
        connection.push(try message(value, .custom, event))
        return true
    }
}
