import Bytes

/// The encoding of packets: MessagePack in binary messages, or JSON for browsers.
public enum PacketCodec: Sendable, Hashable, CaseIterable {
    /// MessagePack, which the subprotocol `webshocket.v1` selects.
    case messagePack
    /// JSON (RFC 8259).
    case json
}

extension PacketCodec {
    /// The maximum nesting depth, which every reader accepts and no writer exceeds.
    static let deepest = 64
    /// The number of levels that a packet and its `rpc` add around a value.
    package static let envelopeDepth = 2

    /// Throws `EncodingError` if one more container would exceed the maximum depth.
    /// - Parameter depth: The number of containers that enclose the new one.
    static func checkDepth(_ depth: Int) throws {
        guard depth < deepest else {
            throw EncodingError.unsendable(depth, "Nesting exceeds \(deepest) levels, including those of the packet.")
        }
    }
}

// MARK: - Scalars

extension PacketCodec {
    package func writeNull(into buffer: inout ByteBuffer) {
        switch self {
        case .messagePack: buffer.append(0xc0)
        case .json: buffer.append("null")
        }
    }

    package func writeBool(_ value: Bool, into buffer: inout ByteBuffer) {
        switch self {
        case .messagePack: buffer.append(value ? 0xc3 : 0xc2)
        case .json: buffer.append(value ? "true" : "false")
        }
    }

    package func writeInt64(_ value: Int64, into buffer: inout ByteBuffer) {
        switch self {
        case .messagePack: MessagePackWriter.write(value, into: &buffer)
        case .json: JSONWriter.write(value, into: &buffer)
        }
    }

    package func writeUInt64(_ value: UInt64, into buffer: inout ByteBuffer) {
        switch self {
        case .messagePack: MessagePackWriter.write(value, into: &buffer)
        case .json: JSONWriter.write(value, into: &buffer)
        }
    }

    /// Throws `EncodingError` if the codec is JSON and the value is NaN or an infinity.
    func checkSendable(_ value: some BinaryFloatingPoint & Sendable) throws {
        guard self == .messagePack || value.isFinite else {
            throw EncodingError.unsendable(value, "JSON cannot represent \(value).")
        }
    }

    /// Throws `EncodingError` if the codec is JSON and the value is NaN or an infinity.
    package func writeDouble(_ value: Double, into buffer: inout ByteBuffer) throws {
        switch self {
        case .messagePack: MessagePackWriter.write(value, into: &buffer)
        case .json: try JSONWriter.write(value, into: &buffer)
        }
    }

    /// Writes a float: four bytes in MessagePack, and in JSON the fewest digits that identify it.
    package func writeFloat(_ value: Float, into buffer: inout ByteBuffer) throws {
        switch self {
        case .messagePack: MessagePackWriter.write(value, into: &buffer)
        case .json: try JSONWriter.write(value, into: &buffer)
        }
    }

    package func writeString(_ value: String, into buffer: inout ByteBuffer) {
        var value = value
        value.withUTF8 { writeText(UnsafeRawBufferPointer($0), into: &buffer) }
    }

    /// - Parameter utf8: Valid UTF-8.
    package func writeText(_ utf8: UnsafeRawBufferPointer, into buffer: inout ByteBuffer) {
        switch self {
        case .messagePack: MessagePackWriter.write(text: utf8, into: &buffer)
        case .json: JSONWriter.write(text: utf8, into: &buffer)
        }
    }

    package func writeBytes(_ bytes: UnsafeRawBufferPointer, into buffer: inout ByteBuffer) {
        switch self {
        case .messagePack: MessagePackWriter.write(bytes: bytes, into: &buffer)
        case .json: JSONWriter.write(base64: bytes, into: &buffer)
        }
    }

    package func writeBytes(_ bytes: [UInt8], into buffer: inout ByteBuffer) {
        bytes.withUnsafeBytes { writeBytes($0, into: &buffer) }
    }

    package func writeTimestamp(_ value: Timestamp, into buffer: inout ByteBuffer) {
        switch self {
        case .messagePack: MessagePackWriter.write(value, into: &buffer)
        case .json: writeString(value.description, into: &buffer)
        }
    }
}
