// Handlers for events that peers publish. They replace delivery to the subscribers.
extension ChannelRule {
    /// Adds a handler for an event that peers publish to the rule's channels. The event is not delivered to subscribers
    /// unless the handler publishes it.
    ///
    ///     ChannelRule("chat.*").on("say") { (connection: Connection, channel: Channel, text: String) in
    ///         try channel.publish(Line(from: connection.userID, text), event: "said", excluding: connection)
    ///     }
    ///
    /// Every peer that may subscribe to a channel may publish the event to it, without a subscription. If the handler
    /// throws an ``RPCError``, or the data has another type, the publisher receives the error. See Protocol.md,
    /// "Channels".
    /// - Parameters:
    ///   - event: 1 to 256 bytes without control characters. Names that begin with `__` are reserved for the protocol.
    ///   - body: Called on the loop of the publisher's connection, immediately.
    public func on<Content: Decodable & Sendable>(
        _ event: String, _ body: @escaping @Sendable (Connection, Channel, Content) throws -> Void
    ) -> ChannelRule {
        handling(
            event,
            HandlerBody { (packet: Packet, content: Content) in
                .now { connection in try body(connection, packet.publishedChannel(by: connection), content) }
            })
    }

    /// Adds an asynchronous handler for an event that peers publish to the rule's channels.
    ///
    /// The event is not delivered to subscribers unless the handler publishes it. Every peer that may subscribe to a
    /// channel may publish the event to it. If the handler throws an ``RPCError``, or the data has another type, the
    /// publisher receives the error.
    /// - Parameters:
    ///   - event: 1 to 256 bytes without control characters. Names that begin with `__` are reserved for the protocol.
    ///   - body: Called on the loop of the publisher's connection.
    public func on<Content: Decodable & Sendable>(
        _ event: String,
        _ body: nonisolated(nonsending) @escaping @Sendable (Connection, Channel, Content) async throws -> Void
    ) -> ChannelRule {
        handling(
            event,
            HandlerBody { (packet: Packet, content: Content) in
                .later { connection in try await body(connection, packet.publishedChannel(by: connection), content) }
            })
    }

    /// Adds a handler for an event that peers publish to the rule's channels. It receives the whole packet, so it can
    /// call ``Connection/reply(_:to:)``.
    ///
    /// The event is not delivered to subscribers unless the handler publishes it. Every peer that may subscribe to a
    /// channel may publish the event to it. If the handler throws an ``RPCError``, the publisher receives it.
    /// - Parameters:
    ///   - event: 1 to 256 bytes without control characters. Names that begin with `__` are reserved for the protocol.
    ///   - body: Called on the loop of the publisher's connection.
    public func on(
        _ event: String,
        _ body: nonisolated(nonsending) @escaping @Sendable (Connection, Packet) async throws -> Void
    ) -> ChannelRule {
        handling(event, HandlerBody(packet: { packet in .later { try await body($0, packet) } }))
    }
}

extension Packet {
    fileprivate func publishedChannel(by connection: Connection) -> Channel {
        connection.hub.channel(channel ?? "")
    }
}
