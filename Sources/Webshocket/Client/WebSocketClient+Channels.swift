// Channels and rooms from a client's side: calls of the server's own methods (Protocol.md, "Channels" and "Rooms").
// What is published arrives by `receive()`, as packets that name their channel. What a client has subscribed to and
// joined, it asks for again on each later connection, and hears of how that went by
// `ClientEvent.restored`; what was published in between it does not get.
extension WebSocketClient {
    /// Subscribes to channels and patterns: to all of them, or where that fails to none.
    ///
    ///     try await client.subscribe(to: "news", "scores.*")
    ///     for try await packet in client.packets {
    ///         print(packet.channel ?? "", packet.data ?? .null)
    ///     }
    ///
    /// What arrives has to be received: see ``ClientConfiguration/inboxSize`` for how much may wait.
    /// - Parameter channels: names, or patterns in the server's syntax; the server has to have a rule for them.
    /// - Throws: ``RPCError``: access denied, no such name or pattern, too many; ``ClientError`` when no answer comes.
    public func subscribe(to channels: String...) async throws {
        try await subscribe(to: channels)
    }

    /// Subscribes to a list of channels and patterns; see ``subscribe(to:)-(String...)``.
    public func subscribe(to channels: [String]) async throws {
        try await call(framework: ProtocolMethod.subscribe.name, [.names(channels)], .subscribed(channels))
    }

    /// Ends subscriptions; when it has returned, nothing more of them arrives. What the client is not subscribed to is
    /// left out.
    /// - Parameter channels: as for ``subscribe(to:)-(String...)``.
    /// - Throws: ``RPCError`` where the server has no channels for clients; ``ClientError`` when no answer comes.
    public func unsubscribe(from channels: String...) async throws {
        try await unsubscribe(from: channels)
    }

    /// Ends a list of subscriptions; see ``unsubscribe(from:)-(String...)``.
    public func unsubscribe(from channels: [String]) async throws {
        try await call(framework: ProtocolMethod.unsubscribe.name, [.names(channels)], .unsubscribed(channels))
    }

    /// Ends all subscriptions; rooms are not left.
    /// - Throws: as ``unsubscribe(from:)-(String...)``.
    public func unsubscribeFromAll() async throws {
        try await call(framework: ProtocolMethod.unsubscribe.name, [], .unsubscribedFromAll)
    }

    /// Publishes a value to a channel's other subscribers, not to this client, and returns when the server has it.
    /// - Parameters:
    ///   - value: anything encodable.
    ///   - channel: a name, no pattern; the server has to let clients publish to it.
    ///   - event: the name of what happened, if it has one; not one that begins with `__`.
    /// - Throws: ``RPCError``: access denied, no such name; ``ClientError`` when no answer comes, or the value cannot
    ///   travel.
    public func publish(
        _ value: some Encodable & Sendable, to channel: String, event: String? = nil
    ) async throws {
        try await sendRPC(ProtocolMethod.publish.name, channel, value, event).check()
    }

    /// Joins a room: what is published to it arrives until ``leave(_:)``.
    /// - Returns: who is there, this client included; empty where the server does not tell.
    /// - Throws: ``RPCError``: access denied, no such name, too many; ``ClientError`` when no answer comes.
    @discardableResult
    public func join(_ room: String) async throws -> [RoomMember] {
        let response = try await call(framework: ProtocolMethod.join.name, [.string(room)], .joined(room))
        let members: [RoomMember]? = try response.result()
        return members ?? []
    }

    /// Leaves rooms; when it has returned, nothing more of them arrives. Those that the client is not in are left out.
    /// - Throws: ``RPCError`` where the server has no rooms for clients; ``ClientError`` when no answer comes.
    public func leave(_ rooms: String...) async throws {
        try await call(framework: ProtocolMethod.leave.name, [.names(rooms)], .left(rooms))
    }

    /// Leaves every room.
    /// - Throws: as ``leave(_:)``.
    public func leaveAllRooms() async throws {
        try await call(framework: ProtocolMethod.leave.name, [], .leftAll)
    }

    /// Who is in a room that this client is in.
    /// - Throws: ``RPCError``: access denied, where the client is not in it or the server does not tell;
    ///   ``ClientError`` when no answer comes.
    public func members(of room: String) async throws -> [RoomMember] {
        try await call(framework: ProtocolMethod.members.name, [.string(room)]).result()
    }
}

extension Value {
    fileprivate static func names(_ names: [String]) -> Value { .array(names.map { .string($0) }) }
}

extension Packet {
    /// Who has joined or left the packet's room; nil for a packet that does not tell of it.
    public var membership: RoomMembership? {
        guard source == .channel, channel != nil, let member = try? data?.decode(as: RoomMember.self) else {
            return nil
        }
        switch event {
        case RoomEvent.joined: return .joined(member)
        case RoomEvent.left: return .left(member)
        default: return nil
        }
    }
}

/// What a room's members are told of each other (Protocol.md, "Rooms").
public enum RoomMembership: Sendable, Hashable {
    /// One has joined.
    case joined(RoomMember)
    /// One has left, or its connection has ended.
    case left(RoomMember)
}
