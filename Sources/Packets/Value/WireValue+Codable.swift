import Bytes

extension WireValue: Codable {
    /// Decodes any value.
    ///
    /// Packets preserve every type. Other decoders have neither bytes nor timestamps, so these are decoded as the
    /// strings that encoding them produced.
    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? TapeDecoder {
            self = decoder.cursor.value()
            return
        }
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .int(value)
        } else if let value = try? container.decode(UInt64.self) {
            self = .uint(value)
        } else if let value = try? container.decode(Double.self) {
            self = .double(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([WireValue].self) {
            self = .array(value)
        } else {
            self = .map(try container.decode([String: WireValue].self))
        }
    }

    /// Encodes the value.
    ///
    /// Packets preserve every type. Other encoders receive bytes as base64, a timestamp as ISO 8601 text, and an
    /// extension as a map of its `type` and its `bytes`.
    public func encode(to encoder: any Encoder) throws {
        if let encoder = encoder as? NodeEncoder { return try encoder.encode(self) }
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .int(let value): try container.encode(value)
        case .uint(let value): try container.encode(value)
        case .double(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .bytes(let value): try container.encode(Base64.text(of: value))
        case .timestamp(let value): try container.encode(value)
        case .ext(let type, let bytes): try container.encode(ExtensionForm(type: type, bytes: Base64.text(of: bytes)))
        case .array(let value): try container.encode(value)
        case .map(let value): try container.encode(value)
        }
    }

    private struct ExtensionForm: Encodable {
        let type: Int8
        let bytes: String
    }
}

// MARK: - To and from any Codable type

extension WireValue {
    /// Decodes a type from the value, as an RPC method decodes its arguments.
    ///
    /// A value that already is a `Bool`, `Int`, `Double` or `String` is returned directly. Any other value is encoded and
    /// parsed again, so this costs about as much as receiving it.
    ///
    /// - Parameter type: The type to decode.
    /// - Returns: The decoded value.
    /// - Throws: ``WireDecodingError`` if the value does not have the shape of the type. `EncodingError` if the value
    ///   has more than 64 levels of nesting. Any error of the type's own initialiser.
    public func decode<T: Decodable & Sendable>(as type: T.Type = T.self) throws -> T {
        if let value: T = scalar() { return value }
        var buffer = ByteBuffer()
        try PacketCodec.messagePack.write(self, into: &buffer, depth: 0)
        let parser = PacketParser(limits: PacketLimits(maxElements: .max))
        return try buffer.withBytes { bytes in
            try parser.read(bytes, as: .messagePack, WireDecoding<T>.resolve().read)
        }
    }

    /// The value without a conversion, if it already has the type. The results of most calls do.
    private func scalar<T>() -> T? {
        switch self {
        case .bool(let value) where T.self == Bool.self: value as? T
        case .int(let value) where T.self == Int.self: Int(value) as? T
        case .double(let value) where T.self == Double.self: value as? T
        case .string(let value) where T.self == String.self: value as? T
        case .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .ext, .array, .map: nil
        }
    }

    /// Creates a value from any encodable content, as an RPC method encodes its result.
    ///
    /// - Parameter content: The content to encode.
    /// - Throws: `EncodingError` if the content has more than 64 levels of nesting, or any error of the type's own
    ///   `encode`.
    public init(encoding content: some Encodable) throws {
        // MessagePack can represent every value.
        let node = EncodingNode(for: .messagePack)
        try node.encode(content, path: [])
        self = try node.value(depth: 0)
    }
}
