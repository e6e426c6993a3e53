import Bytes

extension Value: Codable {
    /// Reads whatever the decoder holds. Within packets nothing is lost; other coders know neither bytes nor
    /// timestamps, so these come back as the strings that they were written as.
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
        } else if let value = try? container.decode([Value].self) {
            self = .array(value)
        } else {
            self = .map(try container.decode([String: Value].self))
        }
    }

    /// Writes to any encoder. Encoders other than those of packets get bytes as base64, a timestamp as ISO 8601 text, and an
    /// extension as a map of both its parts.
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

extension Value {
    /// Reads a type out of the value, as an RPC method reads its arguments.
    ///
    /// The value is written and parsed again, so this costs about as much as receiving it.
    ///
    /// - Throws: ``WireDecodingError`` where the value is not of that shape, and whatever the type's own initialiser
    ///   throws; `EncodingError` for a value of more than 64 levels.
    public func decode<T: Decodable & Sendable>(as type: T.Type = T.self) throws -> T {
        var buffer = ByteBuffer()
        try Codec.messagePack.write(self, into: &buffer, depth: 0)
        let parser = PacketParser(limits: PacketLimits(maxElements: .max))
        return try buffer.withBytes { bytes in
            try parser.read(bytes, as: .messagePack, WireDecoding<T>.resolve().read)
        }
    }

    /// Makes a value of any encodable one, as an RPC method's result is sent.
    ///
    /// - Throws: `EncodingError` for more than 64 levels of nesting, and whatever the type's own `encode` throws.
    public init(encoding content: some Encodable) throws {
        // MessagePack can hold every value.
        let node = EncodingNode(for: .messagePack)
        try node.encode(content, path: [])
        self = try node.value(depth: 0)
    }
}
