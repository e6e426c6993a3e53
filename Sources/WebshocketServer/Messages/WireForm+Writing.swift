import Bytes

extension WireForm {
    /// Writes a value in the form that a connection uses: as the data of a custom packet, or as a raw message.
    ///
    /// A raw message has no correlation ID and no event.
    /// - Returns: The kind of message; nil for the kind that the connection uses for packets.
    /// - Throws: `EncodingError`, or the error of the value's `encode(to:)`. The buffer may then contain a part of the
    ///   value.
    func write<Content: Encodable & Sendable>(
        _ value: Content, correlationID: String? = nil, event: String? = nil, into buffer: inout ByteBuffer
    ) throws -> MessageKind? {
        guard let codec else { return try Self.writeBare(value, into: &buffer) }
        try codec.writePacket(
            .custom, data: value, using: .resolve(), correlationID: correlationID, event: event, into: &buffer)
        return nil
    }

    /// Writes a whole packet; on a connection without packets, writes its data, or null if it has none.
    /// - Returns: The kind of message; nil for the kind that the connection uses for packets.
    func write(_ packet: Packet, into buffer: inout ByteBuffer) throws -> MessageKind? {
        guard let codec else { return try Self.writeBare(packet.data ?? .null, into: &buffer) }
        try codec.write(packet, into: &buffer)
        return nil
    }

    /// The codec of the packets; nil for raw messages.
    private var codec: PacketCodec? {
        switch self {
        case .messagePack: .messagePack
        case .json: .json
        case .values: nil
        }
    }

    private static func writeBare<Content: Encodable>(
        _ value: Content, into buffer: inout ByteBuffer
    ) throws -> MessageKind {
        // The types are compared first, because an empty array can be cast to an array of any other type.
        if Content.self == [UInt8].self, let bytes = value as? [UInt8] {
            buffer.append(contentsOf: bytes)
            return .binary
        }
        switch value {
        case let text as String where Content.self == String.self: buffer.append(contentsOf: text.utf8)
        case WireValue.string(let text) as WireValue: buffer.append(contentsOf: text.utf8)
        case WireValue.bytes(let bytes) as WireValue:
            buffer.append(contentsOf: bytes)
            return .binary
        default: try PacketCodec.json.encode(value, into: &buffer, depth: 0)
        }
        return .text
    }
}
