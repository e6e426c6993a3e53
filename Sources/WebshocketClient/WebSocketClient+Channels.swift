// Channels and rooms are calls of the server's own methods (Protocol.md, "Channels" and "Rooms"). Their messages are
// received as packets that name the channel. After a reconnect, the client requests its channels and rooms again and
// reports the result as `ClientEvent.restored`. Messages that were published in between are lost. If a request is given
// up, the client undoes it (Protocol.md, "Abandoned requests").
extension WebSocketClient {
    /// Subscribes to channels and patterns. If one of them fails, none is subscribed.
    ///
    ///     try await client.subscribe(to: "news", "scores.*")
    ///     for try await packet in client.packets {
    ///         print(packet.channel ?? "", packet.data ?? .null)
    ///     }
    ///
    /// The application must receive the packets; ``ClientConfiguration/inboxSize`` limits how many may wait.
    ///
    /// If it throws, the client does not receive the channels, unless another request for them is in effect. If the
    /// call is cancelled or times out after it was sent, the client ends the subscription on the server.
    /// - Parameter channels: Names, or patterns in the server's syntax. The server must have a rule for each of them.
    /// - Throws: ``RPCError`` if access is denied, a name or pattern does not exist, or there are too many.
    ///   ``ClientError`` if no response arrives, or if all of the channels are unsubscribed before the request is sent.
    ///   `CancellationError` if the task is cancelled.
    public func subscribe(to channels: String...) async throws {
        try await subscribe(to: channels)
    }

    /// Subscribes to a list of channels and patterns. If one of them fails, none is subscribed.
    ///
    /// If it throws, the client does not receive the channels, unless another request for them is in effect. If the
    /// call is cancelled or times out after it was sent, the client ends the subscription on the server.
    /// - Parameter channels: Names, or patterns in the server's syntax. The server must have a rule for each of them.
    /// - Throws: ``RPCError`` if access is denied, a name or pattern does not exist, or there are too many.
    ///   ``ClientError`` if no response arrives, or if all of the channels are unsubscribed before the request is sent.
    ///   `CancellationError` if the task is cancelled.
    public func subscribe(to channels: [String]) async throws {
        try await call(framework: ProtocolMethod.subscribe.name, [.names(channels)], .begin(.channels, channels))
    }

    /// Ends subscriptions, regardless of how many requests made them. After it returns, no more messages of these
    /// channels arrive. Channels that the client is not subscribed to are ignored.
    ///
    /// The call takes effect immediately. If it times out or its task is cancelled, the client sends the request once
    /// more without waiting. It does not subscribe again after a reconnect. Without a connection, the call returns at
    /// once.
    /// - Parameter channels: Names, or patterns in the server's syntax.
    /// - Throws: ``RPCError`` if the server refuses the request; nothing changes then. ``ClientError`` if no response
    ///   arrives. `CancellationError` if the task is cancelled.
    public func unsubscribe(from channels: String...) async throws {
        try await unsubscribe(from: channels)
    }

    /// Ends a list of subscriptions, regardless of how many requests made them. The client does not subscribe to them
    /// again after a reconnect. Channels that the client is not subscribed to are ignored.
    /// - Parameter channels: Names, or patterns in the server's syntax.
    /// - Throws: ``RPCError`` if the server refuses the request; nothing changes then. ``ClientError`` if no response
    ///   arrives. `CancellationError` if the task is cancelled.
    public func unsubscribe(from channels: [String]) async throws {
        try await call(framework: ProtocolMethod.unsubscribe.name, [.names(channels)], .end(.channels, channels))
    }

    /// Ends all subscriptions; the client stays in its rooms.
    /// - Throws: ``RPCError`` if the server refuses the request; nothing changes then. ``ClientError`` if no response
    ///   arrives. `CancellationError` if the task is cancelled.
    public func unsubscribeFromAll() async throws {
        try await call(framework: ProtocolMethod.unsubscribe.name, [], .end(.channels, nil))
    }

    /// Publishes a value to the other subscribers of a channel, and returns when the server has received it.
    /// - Parameters:
    ///   - value: An encodable value.
    ///   - channel: The name of a channel, not a pattern. The server must allow clients to publish to it.
    ///   - event: The name of the event, if any; must not begin with `__`.
    /// - Throws: ``RPCError`` if access is denied or the channel does not exist. ``ClientError`` if no response arrives
    ///   or the value cannot be encoded. `CancellationError` if the task is cancelled.
    public func publish(
        _ value: some Encodable & Sendable, to channel: String, event: String? = nil
    ) async throws {
        try await sendRPC(ProtocolMethod.publish.name, channel, value, event)
    }

    /// Joins a room. The client receives the messages published to it until ``leave(_:)``.
    ///
    /// If it throws, the client is not a member, unless another request for the room is in effect. If the call is
    /// cancelled or times out after it was sent, the client leaves the room again.
    /// - Returns: The members, including this client; empty if the server does not announce them.
    /// - Throws: ``RPCError`` if access is denied, the room does not exist, or there are too many. ``ClientError`` if
    ///   no response arrives, or if the room is left before the request is sent. `CancellationError` if the task is
    ///   cancelled.
    @discardableResult
    public func join(_ room: String) async throws -> [RoomMember] {
        let response = try await call(framework: ProtocolMethod.join.name, [.string(room)], .begin(.rooms, [room]))
        let members: [RoomMember]? = try response.result()
        return members ?? []
    }

    /// Leaves rooms, regardless of how many requests joined them. After it returns, no more messages of these rooms
    /// arrive. Rooms that the client is not a member of are ignored.
    ///
    /// The call takes effect immediately. If it times out or its task is cancelled, the client sends the request once
    /// more without waiting. It does not join again after a reconnect. Without a connection, the call returns at once.
    /// - Throws: ``RPCError`` if the server refuses the request; nothing changes then. ``ClientError`` if no response
    ///   arrives. `CancellationError` if the task is cancelled.
    public func leave(_ rooms: String...) async throws {
        try await call(framework: ProtocolMethod.leave.name, [.names(rooms)], .end(.rooms, rooms))
    }

    /// Leaves all rooms.
    /// - Throws: ``RPCError`` if the server refuses the request; nothing changes then. ``ClientError`` if no response
    ///   arrives. `CancellationError` if the task is cancelled.
    public func leaveAllRooms() async throws {
        try await call(framework: ProtocolMethod.leave.name, [], .end(.rooms, nil))
    }

    /// Returns the members of a room that this client is a member of.
    /// - Throws: ``RPCError`` with access denied if the client is not a member, or the server does not announce
    ///   members. ``ClientError`` if no response arrives. `CancellationError` if the task is cancelled.
    public func members(of room: String) async throws -> [RoomMember] {
        try await call(framework: ProtocolMethod.members.name, [.string(room)]).result()
    }
}

extension Packet {
    /// The membership change that the packet announces; nil for all other packets.
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

/// A change in the membership of a room (Protocol.md, "Rooms").
public enum RoomMembership: Sendable, Hashable {
    /// A member joined.
    case joined(RoomMember)
    /// A member left, or its connection ended.
    case left(RoomMember)
}
