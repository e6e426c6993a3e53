// The channels and rooms of a connection. After the connection has ended, none of these functions has an effect.
extension Connection {
    /// Subscribes the connection to channels and patterns: to all of them, or to none if it throws.
    ///
    ///     try connection.subscribe(to: "news", "scores.*.final", "alerts.**")
    ///
    /// Subscribing twice has no further effect. On the connection's loop, where its handler runs, the subscription
    /// takes effect immediately. From another thread it takes effect when the loop has processed it, possibly together
    /// with later changes.
    /// - Parameter channels: Names, or patterns in the server's ``PatternSyntax``. ``ServerLimits/subscriptions``
    ///   limits their number.
    /// - Throws: ``RPCErrorCode/invalidParameters`` if a name is invalid, ``RPCErrorCode/overloaded`` if there are too
    ///   many, ``RPCErrorCode/accessDenied`` if the session attributes do not satisfy the channel's rule.
    public func subscribe(to channels: String...) throws(RPCError) {
        try hub.subscribe(self, to: channels)
    }

    /// Subscribes the connection to a list of channels and patterns: to all of them, or to none if it throws.
    /// - Parameter channels: Names, or patterns in the server's ``PatternSyntax``. ``ServerLimits/subscriptions``
    ///   limits their number.
    /// - Throws: ``RPCErrorCode/invalidParameters`` if a name is invalid, ``RPCErrorCode/overloaded`` if there are too
    ///   many, ``RPCErrorCode/accessDenied`` if the session attributes do not satisfy the channel's rule.
    public func subscribe(to channels: [String]) throws(RPCError) {
        try hub.subscribe(self, to: channels)
    }

    /// Ends subscriptions. Names without a subscription are ignored.
    ///
    /// On the connection's loop this takes effect immediately. From another thread it takes effect when the loop has
    /// processed it. To end a subscription to a pattern, pass the pattern's text. The connection stays in a room of the
    /// same name.
    public func unsubscribe(from channels: String...) {
        hub.unsubscribe(self, from: channels)
    }

    /// Ends a list of subscriptions. Names without a subscription are ignored, and the connection stays in rooms.
    public func unsubscribe(from channels: [String]) {
        hub.unsubscribe(self, from: channels)
    }

    /// Ends all subscriptions. The connection stays in its rooms.
    public func unsubscribeFromAll() {
        hub.unsubscribe(self, from: hub.directory.roster.withLock { $0.subscriptions(of: id) })
    }

    /// The channels and patterns that the connection is subscribed to.
    ///
    /// Two channels with canonically equivalent names are one element of the set.
    public var subscriptions: Set<String> { Set(hub.directory.roster.withLock { $0.subscriptions(of: id) }) }

    /// Publishes a value to the subscribers of channels, including this connection unless it is excluded; see
    /// ``Hub/publish(_:to:event:where:excluding:)-(_,String...,_,_,_)``.
    ///
    ///     try connection.publish(text, to: room, where: IsEqual("team", "red"), excluding: connection)
    /// - Throws: ``RPCErrorCode/invalidParameters`` if a name is invalid; `EncodingError` if the value cannot be
    ///   encoded. If it throws, nothing is published.
    public func publish(
        _ value: some Encodable & Sendable, to channels: String..., event: String? = nil,
        where predicate: (any SessionPredicate)? = nil, excluding excluded: Connection...
    ) throws {
        try hub.publish(value, to: channels, event: event, where: predicate, excluding: excluded)
    }

    /// Publishes a value to the subscribers of a list of channels; see
    /// ``Hub/publish(_:to:event:where:excluding:)-(_,[String],_,_,_)``.
    /// - Throws: ``RPCErrorCode/invalidParameters`` if a name is invalid; `EncodingError` if the value cannot be
    ///   encoded. If it throws, nothing is published.
    public func publish(
        _ value: some Encodable & Sendable, to channels: [String], event: String? = nil,
        where predicate: (any SessionPredicate)? = nil, excluding excluded: [Connection] = []
    ) throws {
        try hub.publish(value, to: channels, event: event, where: predicate, excluding: excluded)
    }

    /// Publishes a value, and returns when every subscriber has room for more; see
    /// ``Hub/publishAndWait(_:to:event:where:excluding:)-(_,String...,_,_,_)``.
    /// - Returns: The number of recipients on this server.
    /// - Throws: ``RPCErrorCode/invalidParameters`` if a name is invalid; `EncodingError` if the value cannot be
    ///   encoded; `CancellationError` if the task is cancelled while it waits. After a cancellation the message stays
    ///   published.
    @discardableResult
    public func publishAndWait(
        _ value: some Encodable & Sendable, to channels: String..., event: String? = nil,
        where predicate: (any SessionPredicate)? = nil, excluding excluded: Connection...
    ) async throws -> Int {
        try await hub.publishAndWait(value, to: channels, event: event, where: predicate, excluding: excluded)
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
        try hub.broadcast(value, event: event, where: predicate, excluding: excluded)
    }
}

// MARK: - Rooms

extension Connection {
    /// Joins a room. The connection becomes a member, and receives the messages that are published to the room.
    ///
    /// The handler's `onJoin` is called, and the members are notified if the room's rule announces members.
    /// - Parameter room: A name; patterns are not allowed. Rooms and subscriptions together are limited by
    ///   ``ServerLimits/subscriptions``.
    /// - Returns: True if the connection joined, false if it was a member already.
    /// - Throws: ``RPCErrorCode/invalidParameters`` if the name is invalid, ``RPCErrorCode/overloaded`` if there are
    ///   too many rooms and subscriptions, ``RPCErrorCode/accessDenied`` if the session attributes do not satisfy the
    ///   room's rule.
    @discardableResult
    public func join(_ room: String) throws(RPCError) -> Bool {
        try hub.join(self, room)
    }

    /// Leaves a room. The connection receives no further messages of the room, unless it is subscribed to the channel
    /// of the same name. The handler's `onLeave` is called.
    /// - Returns: True if the connection left, false if it was not a member.
    @discardableResult
    public func leave(_ room: String) -> Bool {
        hub.leave(self, room)
    }

    /// Leaves every room.
    public func leaveAllRooms() {
        for room in roomNames { leave(room) }
    }

    /// The names of the connection's rooms, sorted by their bytes. Unlike ``rooms``, it has canonically equivalent
    /// names as separate elements.
    var roomNames: [String] { hub.directory.roster.withLock { $0.rooms(of: id) }.sortedByBytes }

    /// The rooms that the connection is in. Two rooms with canonically equivalent names are one element of the set.
    public var rooms: Set<String> { Set(hub.directory.roster.withLock { $0.rooms(of: id) }) }
}
