// What a server does with the events that peers publish, in place of passing them on.
extension ChannelRule {
    /// Hears what peers publish to the rule's channels as an event of this name; nobody gets it unless the function
    /// publishes.
    ///
    ///     ChannelRule("chat.*").on("say") { (connection: Connection, channel: Channel, text: String) in
    ///         try channel.publish(Line(from: connection.userID, text), event: "said", excluding: connection)
    ///     }
    ///
    /// Whoever may subscribe may publish it, and need not have subscribed. An ``RPCError`` that the function throws is
    /// the publisher's answer, as is one for data of another type. See Protocol.md, "Channels".
    /// - Parameters:
    ///   - event: 1 to 256 bytes without control characters; names that begin with `__` are the protocol's.
    ///   - body: called on the loop of the publisher's connection. A synchronous function is called on the spot.
    public func on<Content: Decodable & Sendable>(
        _ event: String, _ body: @escaping @Sendable (Connection, Channel, Content) throws -> Void
    ) -> ChannelRule {
        hearing(
            event,
            HandlerBody { (packet: Packet, content: Content) in
                .now { connection in try body(connection, packet.heard(by: connection), content) }
            })
    }

    /// Hears what peers publish as an event of this name with an asynchronous function; else as above.
    public func on<Content: Decodable & Sendable>(
        _ event: String,
        _ body: nonisolated(nonsending) @escaping @Sendable (Connection, Channel, Content) async throws -> Void
    ) -> ChannelRule {
        hearing(
            event,
            HandlerBody { (packet: Packet, content: Content) in
                .later { connection in try await body(connection, packet.heard(by: connection), content) }
            })
    }

    /// Hears the whole packet of what peers publish as an event of this name, for who wants to
    /// ``Connection/reply(_:to:)``;
    /// else as with data of one type.
    public func on(
        _ event: String,
        _ body: nonisolated(nonsending) @escaping @Sendable (Connection, Packet) async throws -> Void
    ) -> ChannelRule {
        hearing(event, HandlerBody(packet: { packet in .later { try await body($0, packet) } }))
    }
}

extension Packet {
    fileprivate func heard(by connection: Connection) -> Channel {
        connection.hub.channel(channel ?? "")
    }
}
