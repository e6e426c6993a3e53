// What a connection gets of what reaches many, and what it sends to many. Once it has ended nothing of this has an
// effect.
extension Connection {
    /// Subscribes the connection to channels and patterns: to all of them, or where that fails to none.
    ///
    ///     try connection.subscribe(to: "news", "scores.*.final", "alerts.**")
    ///
    /// Being subscribed twice is being subscribed once. On the connection's loop, where its handler runs, what is
    /// published from now on arrives; from elsewhere what is published after that loop has come to it, and several
    /// changes may take effect together.
    /// - Parameter channels: names, or patterns in the server's ``PatternSyntax``; see ``Limits/subscriptions`` for how
    ///   many.
    /// - Throws: ``RPCErrorCode/invalidParameters`` for a name that is none, ``RPCErrorCode/overloaded`` for too many,
    ///   ``RPCErrorCode/accessDenied`` where the channel's rule asks for what the session attributes do not have.
    public func subscribe(to channels: String...) throws(RPCError) {
        try hub.subscribe(self, to: channels)
    }

    /// Subscribes the connection to channels and patterns, as above.
    public func subscribe(to channels: [String]) throws(RPCError) {
        try hub.subscribe(self, to: channels)
    }

    /// Ends subscriptions; what the connection is not subscribed to is left out.
    ///
    /// On the connection's loop nothing more arrives from now on; from elsewhere, once that loop has come to it. A
    /// pattern is ended by its own text; a room of the name is not left.
    public func unsubscribe(from channels: String...) {
        hub.unsubscribe(self, from: channels)
    }

    /// Ends subscriptions, as above.
    public func unsubscribe(from channels: [String]) {
        hub.unsubscribe(self, from: channels)
    }

    /// Ends all subscriptions; rooms are not left.
    public func unsubscribeFromAll() {
        hub.unsubscribe(self, from: hub.directory.roster.withLock { $0.subscriptions(of: id) })
    }

    /// The channels and patterns that it is subscribed to. Names that are canonically equivalent are one element,
    /// although they are two channels.
    public var subscriptions: Set<String> { Set(hub.directory.roster.withLock { $0.subscriptions(of: id) }) }

    /// Publishes a value to the subscribers of channels, this connection among them unless it is excluded; see
    /// ``Hub/publish(_:to:event:where:excluding:)-(_,String...,_,_,_)``.
    ///
    ///     try connection.publish(text, to: room, where: IsEqual("team", "red"), excluding: connection)
    public func publish(
        _ value: some Encodable & Sendable, to channels: String..., event: String? = nil,
        where predicate: (any SessionPredicate)? = nil, excluding excluded: Connection...
    ) throws {
        try hub.publish(value, to: channels, event: event, where: predicate, excluding: excluded)
    }

    /// Publishes a value to the subscribers of a list of channels; see
    /// ``Hub/publish(_:to:event:where:excluding:)-(_,[String],_,_,_)``.
    public func publish(
        _ value: some Encodable & Sendable, to channels: [String], event: String? = nil,
        where predicate: (any SessionPredicate)? = nil, excluding excluded: [Connection] = []
    ) throws {
        try hub.publish(value, to: channels, event: event, where: predicate, excluding: excluded)
    }

    /// Publishes a value, and returns when every subscriber has room for more; see
    /// ``Hub/publishAndWait(_:to:event:where:excluding:)``.
    @discardableResult
    public func publishAndWait(
        _ value: some Encodable & Sendable, to channels: String..., event: String? = nil,
        where predicate: (any SessionPredicate)? = nil, excluding excluded: Connection...
    ) async throws -> Int {
        try await hub.publishAndWait(value, to: channels, event: event, where: predicate, excluding: excluded)
    }

    /// Sends a value to every connection of the path; see
    /// ``Hub/broadcast(_:event:where:excluding:)-(_,_,_,Connection...)``.
    public func broadcast(
        _ value: some Encodable & Sendable, event: String? = nil, where predicate: (any SessionPredicate)? = nil,
        excluding excluded: Connection...
    ) throws {
        try hub.broadcast(value, event: event, where: predicate, excluding: excluded)
    }
}

// MARK: - Rooms

extension Connection {
    /// Joins a room: from now on the connection is one of its members, and gets what is published to it.
    ///
    /// The handler's `onJoin` is called, and the members are told where the room's rule says so.
    /// - Parameter room: a name, no pattern. Rooms and subscriptions count together for ``Limits/subscriptions``.
    /// - Returns: whether it has just come; joining twice is joining once.
    /// - Throws: as ``subscribe(to:)-(String...)``.
    @discardableResult
    public func join(_ room: String) throws(RPCError) -> Bool {
        try hub.join(self, room)
    }

    /// Leaves a room: nothing of it arrives from now on, unless the connection is subscribed to the channel of that
    /// name too. The handler's `onLeave` is called.
    /// - Returns: whether it was there.
    @discardableResult
    public func leave(_ room: String) -> Bool {
        hub.leave(self, room)
    }

    /// Leaves every room.
    public func leaveAllRooms() {
        for room in roomNames { leave(room) }
    }

    /// The names of the rooms that it is in, ordered by their bytes. Unlike in ``rooms``, canonically equivalent names are
    /// two elements.
    var roomNames: [String] { hub.directory.roster.withLock { $0.rooms(of: id) }.sortedByBytes }

    /// The rooms that it is in. Names that are canonically equivalent are one element, although they are two rooms.
    public var rooms: Set<String> { Set(hub.directory.roster.withLock { $0.rooms(of: id) }) }
}
