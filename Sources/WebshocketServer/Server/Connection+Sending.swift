import Bytes

// Further ways to send. Like `send(_:)`, each returns at once and sends in order.
extension Connection {
    /// Sends a value as the data of a custom packet with an event name (Protocol.md, "Packets"). On a path for raw
    /// messages, which have no events, only the value is sent.
    /// - Parameters:
    ///   - value: Any encodable value.
    ///   - event: The application-defined event name.
    /// - Throws: `EncodingError` if the value cannot be encoded, such as NaN in JSON. Then nothing is sent.
    public func send(_ value: some Encodable & Sendable, event: String) throws {
        var message = ByteBuffer()
        let kind = try form.write(value, event: event, into: &message)
        push(kind, message.array)
    }

    /// Sends a value as the data of a custom packet with the correlation ID and the event name of a received packet. On
    /// a path for raw messages, only the value is sent.
    /// - Parameters:
    ///   - value: Any encodable value.
    ///   - packet: The received packet to reply to.
    /// - Throws: `EncodingError` if the value cannot be encoded, such as NaN in JSON. Then nothing is sent.
    public func reply(_ value: some Encodable & Sendable, to packet: Packet) throws {
        var message = ByteBuffer()
        let kind = try form.write(
            value, correlationID: packet.correlationID, event: packet.event, into: &message)
        push(kind, message.array)
    }

    /// Sends a packet unchanged. On a path for raw messages, only its data is sent.
    /// - Throws: `EncodingError` if the packet cannot be encoded, such as NaN in JSON. Then nothing is sent.
    public func send(_ packet: Packet) throws {
        var message = ByteBuffer()
        let kind = try form.write(packet, into: &message)
        push(kind, message.array)
    }

    /// Sends a raw text message. Allowed on any path.
    public func send(text: String) {
        push(.text, Array(text.utf8))
    }

    /// Sends a raw binary message. Allowed on any path.
    public func send(bytes: some Sequence<UInt8>) {
        push(.binary, Array(bytes))
    }

    /// Sends a value as JSON in a raw text message. Allowed on any path.
    /// - Throws: `EncodingError` if JSON cannot represent the value, such as NaN. Then nothing is sent.
    public func send(json value: some Encodable & Sendable) throws {
        var message = ByteBuffer()
        try PacketCodec.json.encode(value, into: &message, depth: 0)
        push(.text, message.array)
    }
}
