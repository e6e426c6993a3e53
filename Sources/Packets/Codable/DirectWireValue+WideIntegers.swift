import Bytes

/// A 128-bit integer. It is sent as an integer if it fits in 64 bits, the limit of both codecs, and as decimal text
/// otherwise.
protocol WideWireInteger: DirectWireValue, FixedWidthInteger {}

extension WideWireInteger {
    static var wireName: String { "an integer from \(min) to \(max)" }

    /// Throws for a floating-point number beyond 64 bits, because a JSON reader may have rounded a wide integer to it.
    static func read(_ cursor: TapeCursor) throws(WireDecodingError) -> Self {
        let narrow: Self? =
            if let integer = cursor.int64 { Self(exactly: integer) } else { cursor.uint64.flatMap(Self.init(exactly:)) }
        if let value = narrow ?? cursor.string.flatMap({ Self($0) }) { return value }
        switch cursor.kind {
        case .integer, .unsigned, .double:
            throw WireDecodingError(expected: wireName, found: cursor.value().description)
        case .string:
            throw WireDecodingError(expected: wireName, found: "a string that is not an integer in this range")
        case .null, .no, .yes, .bytes, .extension, .array, .map:
            throw cursor.mismatch(wireName)
        }
    }

    func write(_ codec: PacketCodec, into buffer: inout ByteBuffer, depth: Int) throws {
        try wireValue().write(codec, into: &buffer, depth: depth)
    }

    func wireValue() -> WireValue { WireValue(exactly: self) ?? .string(description) }
}

extension Int128: WideWireInteger {}
extension UInt128: WideWireInteger {}
