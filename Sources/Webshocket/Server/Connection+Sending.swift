import Bytes

// What can be sent besides a value; all of it leaves as a value does, at once and in order.
extension Connection {
    /// Sends a value as the data of a custom packet with an event's name (Protocol.md, "Packets"); on a path of raw
    /// messages, where events have no place, the value alone.
    /// - Parameters:
    ///   - value: anything encodable.
    ///   - event: what happened, in the application's own words.
    /// - Throws: `EncodingError` for what cannot travel, such as NaN in JSON; then nothing is sent.
    public func send(_ value: some Encodable & Sendable, event: String) throws {
        var message = ByteBuffer()
        let kind = try form.write(value, event: event, into: &message)
        push(kind, message.array)
    }

    /// Sends a value as the data of a custom packet that has the correlation id of a packet from the peer, and its
    /// event; on a path of raw messages the value alone.
    /// - Parameters:
    ///   - value: anything encodable.
    ///   - packet: what is answered.
    /// - Throws: `EncodingError` for what cannot travel, such as NaN in JSON; then nothing is sent.
    public func reply(_ value: some Encodable & Sendable, to packet: Packet) throws {
        var message = ByteBuffer()
        let kind = try form.write(
            value, correlationID: packet.correlationID, event: packet.event, into: &message)
        push(kind, message.array)
    }

    /// Sends a packet as it is; on a path of raw messages its data alone.
    /// - Throws: `EncodingError` for what cannot travel, such as NaN in JSON; then nothing is sent.
    public func send(_ packet: Packet) throws {
        var message = ByteBuffer()
        let kind = try form.write(packet, into: &message)
        push(kind, message.array)
    }

    /// Sends a raw text message, on any path.
    public func send(text: String) {
        push(.text, Array(text.utf8))
    }

    /// Sends a raw binary message, on any path.
    public func send(bytes: [UInt8]) {
        push(.binary, bytes)
    }

    /// Sends a value as JSON in a raw text message, on any path.
    /// - Throws: `EncodingError` for what JSON cannot hold, such as NaN; then nothing is sent.
    public func send(json value: some Encodable & Sendable) throws {
        var message = ByteBuffer()
        try Codec.json.encode(value, into: &message, depth: 0)
        push(.text, message.array)
    }
}
