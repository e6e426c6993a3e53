extension Hub {
    /// Publishes a value to the subscribers of channels (Protocol.md, "Channels"). A connection receives it once, even
    /// if several of the channels or patterns match.
    ///
    ///     try hub.publish(text, to: "news", where: IsEqual("team", "red"), excluding: connection)
    ///
    /// The call returns immediately. Publications of one task to one channel arrive at every subscriber in the order of
    /// the calls. The value is encoded once for each channel and codec in use, even without subscribers. Each loop with
    /// connections runs one job. On a path for raw messages only the value is sent, without channel and event.
    /// - Parameters:
    ///   - value: Any encodable value.
    ///   - channels: Names; patterns are not allowed. A subscriber of several of them receives the message of the
    ///     first.
    ///   - event: The name of the event; nil for none.
    ///   - predicate: A condition on the recipients' session attributes; nil for all recipients. It is evaluated for
    ///     each recipient on its loop. If a ``Check`` in it throws, the recipient does not receive the message.
    ///   - excluded: Connections that do not receive the message.
    /// - Throws: ``RPCErrorCode/invalidParameters`` if a name is invalid; `EncodingError` if the value cannot be
    ///   encoded, such as NaN in JSON. If it throws, nothing is published.
    public func publish(
        _ value: some Encodable & Sendable, to channels: String..., event: String? = nil,
        where predicate: (any SessionPredicate)? = nil, excluding excluded: Connection...
    ) throws {
        try publish(value, to: channels, event: event, where: predicate, excluding: excluded)
    }

    /// Publishes a value to the subscribers of a list of channels; see
    /// ``publish(_:to:event:where:excluding:)-(_,String...,_,_,_)``.
    /// - Throws: ``RPCErrorCode/invalidParameters`` if a name is invalid; `EncodingError` if the value cannot be
    ///   encoded. If it throws, nothing is published.
    public func publish(
        _ value: some Encodable & Sendable, to channels: [String], event: String? = nil,
        where predicate: (any SessionPredicate)? = nil, excluding excluded: [Connection] = []
    ) throws {
        let messages = try messages(value, to: channels, event)
        send(publication(messages, where: predicate, excluding: excluded))
    }

    /// Publishes a value to the subscribers of channels, and returns when every recipient has room for more.
    ///
    /// The message is delivered immediately. Only the publisher waits, for recipients with the policy
    /// ``SlowConsumerPolicy/wait(atMost:)``. For the parameters see
    /// ``publish(_:to:event:where:excluding:)-(_,String...,_,_,_)``.
    /// - Returns: The number of recipients on this server.
    /// - Throws: ``RPCErrorCode/invalidParameters`` if a name is invalid; `EncodingError` if the value cannot be
    ///   encoded; `CancellationError` if the task is cancelled while it waits. After a cancellation the message stays
    ///   published.
    @discardableResult
    public func publishAndWait(
        _ value: some Encodable & Sendable, to channels: String..., event: String? = nil,
        where predicate: (any SessionPredicate)? = nil, excluding excluded: Connection...
    ) async throws -> Int {
        try await publishAndWait(value, to: channels, event: event, where: predicate, excluding: excluded)
    }

    /// Publishes a value to the subscribers of a list of channels, and returns when every recipient has room for more;
    /// see ``publishAndWait(_:to:event:where:excluding:)-(_,String...,_,_,_)``.
    /// - Returns: The number of recipients on this server.
    /// - Throws: ``RPCErrorCode/invalidParameters`` if a name is invalid; `EncodingError` if the value cannot be
    ///   encoded; `CancellationError` if the task is cancelled while it waits. After a cancellation the message stays
    ///   published.
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
    ///   - value: Any encodable value.
    ///   - event: The name of the event; nil for none.
    ///   - predicate: A condition on the recipients' session attributes; nil for all connections.
    ///   - excluded: Connections that do not receive the message.
    /// - Throws: ``RPCErrorCode/invalidParameters`` if the event's name is invalid; `EncodingError` if the value cannot
    ///   be encoded, such as NaN in JSON. If it throws, nothing is sent.
    public func broadcast(
        _ value: some Encodable & Sendable, event: String? = nil, where predicate: (any SessionPredicate)? = nil,
        excluding excluded: Connection...
    ) throws {
        try broadcast(value, event: event, where: predicate, excluding: excluded)
    }

    /// Sends a value to every connection of the path, except those in a list.
    /// - Parameters:
    ///   - value: Any encodable value.
    ///   - event: The name of the event; nil for none.
    ///   - predicate: A condition on the recipients' session attributes; nil for all connections.
    ///   - excluded: The connections that do not receive the message.
    /// - Throws: ``RPCErrorCode/invalidParameters`` if the event's name is invalid; `EncodingError` if the value cannot
    ///   be encoded, such as NaN in JSON. If it throws, nothing is sent.
    public func broadcast(
        _ value: some Encodable & Sendable, event: String? = nil, where predicate: (any SessionPredicate)? = nil,
        excluding excluded: [Connection]
    ) throws {
        try check(event: event)
        let message = try message(value, .broadcast, event)
        send(publication([message], where: predicate, excluding: excluded))
    }

    /// Sends a value to all connections of a user. Like a message of ``Connection/send(_:)-(EncodableSendable)``, it is
    /// never dropped.
    /// - Parameters:
    ///   - value: Any encodable value.
    ///   - user: The value of the connections' ``Connection/userID``.
    ///   - event: The name of the event; nil for none.
    ///   - excluded: Connections of the user that do not receive the message, such as the one that caused it.
    /// - Returns: The number of connections that it was sent to; 0 if the user is not connected to this server.
    /// - Throws: `EncodingError` if the value cannot be encoded, ``RPCErrorCode/invalidParameters`` if the event's name
    ///   is invalid. If it throws, nothing is sent.
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
    /// - Parameters:
    ///   - value: Any encodable value.
    ///   - id: The connection's ``Connection/id``.
    ///   - event: The name of the event; nil for none.
    /// - Returns: Whether this server has a connection with the id.
    /// - Throws: `EncodingError` if the value cannot be encoded, ``RPCErrorCode/invalidParameters`` if the event's name
    ///   is invalid. If it throws, nothing is sent.
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
