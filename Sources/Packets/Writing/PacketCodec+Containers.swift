import Bytes

extension PacketCodec {
    /// Begins an array of exactly `count` elements. Call ``separate(_:into:)`` before each element.
    package func beginArray(count: Int, into buffer: inout ByteBuffer) {
        switch self {
        case .messagePack: MessagePackWriter.write(arrayOf: count, into: &buffer)
        case .json: buffer.append(UInt8(ascii: "["))
        }
    }

    /// Writes the separator before the element at `index`.
    package func separate(_ index: Int, into buffer: inout ByteBuffer) {
        if self == .json, index > 0 { buffer.append(UInt8(ascii: ",")) }
    }

    package func endArray(into buffer: inout ByteBuffer) {
        if self == .json { buffer.append(UInt8(ascii: "]")) }
    }

    /// Begins a map of exactly `count` pairs. Write each pair with ``writeKey(_:at:into:)``, followed by the value.
    package func beginMap(count: Int, into buffer: inout ByteBuffer) {
        switch self {
        case .messagePack: MessagePackWriter.write(mapOf: count, into: &buffer)
        case .json: buffer.append(UInt8(ascii: "{"))
        }
    }

    package func writeKey(_ key: String, at index: Int, into buffer: inout ByteBuffer) {
        separate(index, into: &buffer)
        writeString(key, into: &buffer)
        if self == .json { buffer.append(UInt8(ascii: ":")) }
    }

    package func endMap(into buffer: inout ByteBuffer) {
        if self == .json { buffer.append(UInt8(ascii: "}")) }
    }
}

// MARK: - Values

extension PacketCodec {
    /// Writes a value within a packet. Map keys are sorted, so equal values produce equal bytes.
    ///
    /// Throws `EncodingError` with the path if the codec cannot represent the value or it has more than 62 levels of
    /// nesting.
    package func write(_ value: WireValue, into buffer: inout ByteBuffer) throws {
        try write(value, into: &buffer, depth: PacketCodec.envelopeDepth)
    }

    /// Writes a value. Recurses once per level.
    /// - Parameter depth: The number of containers that enclose the value.
    func write(_ value: WireValue, into buffer: inout ByteBuffer, depth: Int) throws {
        switch value {
        case .null: writeNull(into: &buffer)
        case .bool(let value): writeBool(value, into: &buffer)
        case .int(let value): writeInt64(value, into: &buffer)
        case .uint(let value): writeUInt64(value, into: &buffer)
        case .double(let value): try writeDouble(value, into: &buffer)
        case .string(let value): writeString(value, into: &buffer)
        case .bytes(let value): writeBytes(value, into: &buffer)
        case .timestamp(let value): writeTimestamp(value, into: &buffer)
        case .ext(let type, let bytes): try writeExtension(type: type, bytes, into: &buffer, depth: depth)
        case .array(let elements):
            try PacketCodec.checkDepth(depth)
            beginArray(count: elements.count, into: &buffer)
            for (index, element) in elements.enumerated() {
                separate(index, into: &buffer)
                try EncodingError.naming(WireKey(index: index)) { try write(element, into: &buffer, depth: depth + 1) }
            }
            endArray(into: &buffer)
        case .map(let pairs):
            try PacketCodec.checkDepth(depth)
            try write(pairs, into: &buffer, depth: depth)
        }
    }

    func write(_ pairs: [String: WireValue], into buffer: inout ByteBuffer, depth: Int) throws {
        beginMap(count: pairs.count, into: &buffer)
        for (index, (key, value)) in pairs.sortedByKeyBytes.enumerated() {
            writeKey(key, at: index, into: &buffer)
            try EncodingError.naming(WireKey(key)) { try write(value, into: &buffer, depth: depth + 1) }
        }
        endMap(into: &buffer)
    }

    private func writeExtension(
        type: Int8, _ bytes: [UInt8], into buffer: inout ByteBuffer, depth: Int
    ) throws {
        switch self {
        case .messagePack:
            bytes.withUnsafeBytes { MessagePackWriter.write(extension: type, $0, into: &buffer) }
        case .json:
            try PacketCodec.checkDepth(depth)
            buffer.append(#"{"type":"#)
            writeInt64(Int64(type), into: &buffer)
            buffer.append(#","bytes":"#)
            writeBytes(bytes, into: &buffer)
            buffer.append("}")
        }
    }
}
