import Bytes

extension WireForm {
    /// Writes a value as a connection of this form is sent it: as the data of a custom packet, or as it is. Where there
    /// are no packets, there is no place for its correlation id and its event.
    /// - Returns: the message's kind; nil for what the connection's packets are sent in.
    /// - Throws: `EncodingError`, or what the value's own `encode` throws; the buffer may then hold a part of it.
    func write<Content: Encodable & Sendable>(
        _ value: Content, correlationID: String? = nil, event: String? = nil, into buffer: inout ByteBuffer
    ) throws -> MessageKind? {
        guard let codec else { return try Self.writeBare(value, into: &buffer) }
        try codec.writePacket(
            .custom, data: value, using: .resolve(), correlationID: correlationID, event: event, into: &buffer)
        return nil
    }

    /// Writes a whole packet; where there are no packets, its data, if it has any.
    /// - Returns: as above.
    func write(_ packet: Packet, into buffer: inout ByteBuffer) throws -> MessageKind? {
        guard let codec else { return try Self.writeBare(packet.data ?? .null, into: &buffer) }
        try codec.write(packet, into: &buffer)
        return nil
    }

    /// What its packets are encoded in; nil where there are none.
    private var codec: Codec? {
        switch self {
        case .messagePack: .messagePack
        case .json: .json
        case .values: nil
        }
    }

    private static func writeBare<Content: Encodable>(
        _ value: Content, into buffer: inout ByteBuffer
    ) throws -> MessageKind {
        // The types are compared first: an empty array can be cast to one of any other type.
        if Content.self == [UInt8].self, let bytes = value as? [UInt8] {
            buffer.append(contentsOf: bytes)
            return .binary
        }
        switch value {
        case let text as String where Content.self == String.self: buffer.append(contentsOf: text.utf8)
        case Value.string(let text) as Value: buffer.append(contentsOf: text.utf8)
        case Value.bytes(let bytes) as Value:
            buffer.append(contentsOf: bytes)
            return .binary
        default: try Codec.json.encode(value, into: &buffer, depth: 0)
        }
        return .text
    }
}
