import Bytes

extension WebSocketClient {
    /// Sends a value as the data of a custom packet with an event's name, for the server's `OnEvent`.
    ///
    ///     try await client.send("room 7", event: "typing")
    ///
    /// Returns and throws as for a value without one. See Protocol.md, "Non-RPC messages".
    /// - Parameters:
    ///   - value: anything encodable.
    ///   - event: what happened, in the application's own words.
    ///   - timeToLive: how long it may wait for a connection; nil for what ``ClientConfiguration/offlineQueue`` says.
    public func send(
        _ value: some Encodable & Sendable, event: String, timeToLive: Duration? = nil
    ) async throws {
        try await sendPacket(timeToLive) { codec, buffer in
            try codec.writePacket(.custom, data: value, using: .resolve(), event: event, into: &buffer)
        }
    }

    /// Sends a packet as it is; returns and throws as for a value.
    public func send(_ packet: Packet, timeToLive: Duration? = nil) async throws {
        try await sendPacket(timeToLive) { codec, buffer in try codec.write(packet, into: &buffer) }
    }

    func sendPacket(
        _ timeToLive: Duration? = nil, _ encode: (Codec, inout ByteBuffer) throws -> Void
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
