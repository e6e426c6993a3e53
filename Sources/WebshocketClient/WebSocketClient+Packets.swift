import Bytes

extension WebSocketClient {
    /// Sends a value as the data of a custom packet with an event name, for the server's `OnEvent`.
    ///
    ///     try await client.send("room 7", event: "typing")
    ///
    /// Returns when the packet is in the outbox. It waits if there is no connection yet, or if the outbox is full
    /// because the server does not read. See Protocol.md, "Non-RPC messages".
    /// - Parameters:
    ///   - value: An encodable value.
    ///   - event: The name of the event.
    ///   - timeToLive: How long the packet may wait for a connection; nil for the default of
    ///     ``ClientConfiguration/offlineQueue``.
    /// - Throws: ``ClientError`` if the client is not connected, the queue is full, the time to live expires, or the
    ///   value cannot be encoded. `CancellationError` if the task is cancelled while the packet waits. If it throws,
    ///   nothing was sent.
    public func send(
        _ value: some Encodable & Sendable, event: String, timeToLive: Duration? = nil
    ) async throws {
        try await sendPacket(timeToLive) { codec, buffer in
            try codec.writePacket(.custom, data: value, using: .resolve(), event: event, into: &buffer)
        }
    }

    /// Sends a packet unchanged.
    ///
    /// Returns when the packet is in the outbox. It waits if there is no connection yet, or if the outbox is full
    /// because the server does not read.
    /// - Parameters:
    ///   - packet: The packet.
    ///   - timeToLive: How long the packet may wait for a connection; nil for the default of
    ///     ``ClientConfiguration/offlineQueue``.
    /// - Throws: ``ClientError`` if the client is not connected, the queue is full, the time to live expires, or the
    ///   packet cannot be encoded. `CancellationError` if the task is cancelled while the packet waits. If it throws,
    ///   nothing was sent.
    public func send(_ packet: Packet, timeToLive: Duration? = nil) async throws {
        try await sendPacket(timeToLive) { codec, buffer in try codec.write(packet, into: &buffer) }
    }

    func sendPacket(
        _ timeToLive: Duration? = nil, _ encode: (PacketCodec, inout ByteBuffer) throws -> Void
    ) async throws {
        let (kind, codec) = try wire()
        var buffer = ByteBuffer()
        do {
            try encode(codec, &buffer)
        } catch {
            throw ClientError(.cannotEncode, "\(error)")
        }
        try await send(kind, buffer.array, timeToLive)
    }
}
