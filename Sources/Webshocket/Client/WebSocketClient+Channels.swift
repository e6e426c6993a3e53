// Channels and rooms from a client's side: calls of the server's own methods (Protocol.md, "Channels" and "Rooms").
// Messages arrive by `receive()`, as packets that name their channel. On each later connection, the client asks again for
// its channels and rooms, and reports the result as `ClientEvent.restored`; messages that were published in between are
// lost. Requests that are given up are undone as Protocol.md says in "Requests that are given up".
extension WebSocketClient {
    /// Subscribes to channels and patterns: to all of them, or to none if that fails.
    ///
    ///     try await client.subscribe(to: "news", "scores.*")
    ///     for try await packet in client.packets {
    ///         print(packet.channel ?? "", packet.data ?? .null)
    ///     }
    ///
    /// What arrives has to be received: see ``ClientConfiguration/inboxSize`` for how much may wait.
    ///
    /// If it throws, the client does not receive the channels, unless another request for them stands: a subscription
    /// that is cancelled or times out after it was sent is ended on the server.
    /// - Parameter channels: names, or patterns in the server's syntax; the server has to have a rule for them.
    /// - Throws: ``RPCError``: access denied, no such name or pattern, too many; ``ClientError`` when no answer comes, or
    ///   when all of the channels are unsubscribed from before the request is sent; `CancellationError` when the task is
    ///   cancelled.
    public func subscribe(to channels: String...) async throws {
        try await subscribe(to: channels)
    }

    /// Subscribes to a list of channels and patterns; see ``subscribe(to:)-(String...)``.
    public func subscribe(to channels: [String]) async throws {
        try await call(framework: ProtocolMethod.subscribe.name, [.names(channels)], .begin(.channels, channels))
    }

    /// Ends subscriptions, however many requests asked for them; when it has returned, nothing more of them arrives.
    /// Channels that the client is not subscribed to are ignored.
    ///
    /// It counts from when it is called: if it times out or its task is cancelled, the client asks the server once more
    /// without waiting, and does not subscribe again on the next connection. Without a connection it succeeds at once.
    /// - Parameter channels: as for ``subscribe(to:)-(String...)``.
    /// - Throws: ``RPCError`` if the server refuses it, and then nothing changes; ``ClientError`` when no answer comes;
    ///   `CancellationError` when the task is cancelled.
    public func unsubscribe(from channels: String...) async throws {
        try await unsubscribe(from: channels)
    }

    /// Ends a list of subscriptions; see ``unsubscribe(from:)-(String...)``.
    public func unsubscribe(from channels: [String]) async throws {
        try await call(framework: ProtocolMethod.unsubscribe.name, [.names(channels)], .end(.channels, channels))
    }

    /// Ends all subscriptions; rooms are not left.
    /// - Throws: as ``unsubscribe(from:)-(String...)``.
    public func unsubscribeFromAll() async throws {
        try await call(framework: ProtocolMethod.unsubscribe.name, [], .end(.channels, nil))
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

    /// Joins a room: messages published to it arrive until ``leave(_:)``.
    ///
    /// If it throws, the client is not a member, unless another request for the room stands: a join that is cancelled or
    /// times out after it was sent is followed by a leave.
    /// - Returns: the members, this client included; empty if the server does not tell.
    /// - Throws: ``RPCError``: access denied, no such name, too many; ``ClientError`` when no answer comes, or when the
    ///   room is left before the request is sent; `CancellationError` when the task is cancelled.
    @discardableResult
    public func join(_ room: String) async throws -> [RoomMember] {
        let response = try await call(framework: ProtocolMethod.join.name, [.string(room)], .begin(.rooms, [room]))
        let members: [RoomMember]? = try response.result()
        return members ?? []
    }

    /// Leaves rooms, however many requests asked for them; when it has returned, nothing more of them arrives. Rooms that
    /// the client is not in are ignored.
    ///
    /// It counts from when it is called, and without a connection it succeeds at once, as
    /// ``unsubscribe(from:)-(String...)`` does.
    /// - Throws: ``RPCError`` if the server refuses it, and then nothing changes; ``ClientError`` when no answer comes;
    ///   `CancellationError` when the task is cancelled.
    public func leave(_ rooms: String...) async throws {
        try await call(framework: ProtocolMethod.leave.name, [.names(rooms)], .end(.rooms, rooms))
    }

    /// Leaves every room.
    /// - Throws: as ``leave(_:)``.
    public func leaveAllRooms() async throws {
        try await call(framework: ProtocolMethod.leave.name, [], .end(.rooms, nil))
    }

    /// Who is in a room that this client is in.
    /// - Throws: ``RPCError``: access denied, where the client is not in it or the server does not tell;
    ///   ``ClientError`` when no answer comes.
    public func members(of room: String) async throws -> [RoomMember] {
        try await call(framework: ProtocolMethod.members.name, [.string(room)]).result()
    }
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
