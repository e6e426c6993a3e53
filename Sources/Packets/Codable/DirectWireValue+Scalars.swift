import Bytes

extension Bool: DirectWireValue {
    static var wireName: String { "a boolean" }

    static func read(_ cursor: TapeCursor) throws(WireDecodingError) -> Bool {
        guard let value = cursor.bool else { throw cursor.mismatch(wireName) }
        return value
    }

    func write(_ codec: PacketCodec, into buffer: inout ByteBuffer, depth: Int) { codec.writeBool(self, into: &buffer) }
    func wireValue() -> WireValue { .bool(self) }
}

extension String: DirectWireValue {
    static var wireName: String { "a string" }

    static func read(_ cursor: TapeCursor) throws(WireDecodingError) -> String {
        guard let value = cursor.string else { throw cursor.mismatch(wireName) }
        return value
    }

    func write(_ codec: PacketCodec, into buffer: inout ByteBuffer, depth: Int) {
        codec.writeString(self, into: &buffer)
    }
    func wireValue() -> WireValue { .string(self) }
}

extension Double: DirectWireValue {
    static var wireName: String { "a number" }

    static func read(_ cursor: TapeCursor) throws(WireDecodingError) -> Double {
        guard let value = cursor.double else { throw cursor.mismatch(wireName) }
        return value
    }

    static func mayBeUnsendable(as codec: PacketCodec) -> Bool { codec == .json }
    func checkSendable(as codec: PacketCodec) throws { try codec.checkSendable(self) }

    func write(_ codec: PacketCodec, into buffer: inout ByteBuffer, depth: Int) throws {
        try codec.writeDouble(self, into: &buffer)
    }
    func wireValue() -> WireValue { .double(self) }
}

extension Float: DirectWireValue {
    static var wireName: String { "a number" }

    /// Rounds to the nearest float. Throws if a finite number is outside the range of `Float`.
    static func read(_ cursor: TapeCursor) throws(WireDecodingError) -> Float {
        let wide = try Double.read(cursor)
        let value = Float(wide)
        guard value.isFinite || !wide.isFinite else {
            throw WireDecodingError(expected: "a number that fits 32 bits", found: wide.description)
        }
        return value
    }

    static func mayBeUnsendable(as codec: PacketCodec) -> Bool { codec == .json }
    func checkSendable(as codec: PacketCodec) throws { try codec.checkSendable(self) }

    func write(_ codec: PacketCodec, into buffer: inout ByteBuffer, depth: Int) throws {
        try codec.writeFloat(self, into: &buffer)
    }
    func wireValue() -> WireValue { .double(Double(self)) }
}

// MARK: - Integers

protocol DirectWireInteger: DirectWireValue, FixedWidthInteger {}

extension DirectWireInteger {
    static var wireName: String {
        bitWidth == 64 && isSigned ? "an integer" : "an integer from \(min) to \(max)"
    }

    static func read(_ cursor: TapeCursor) throws(WireDecodingError) -> Self {
        if let value = cursor.integer(as: Self.self) { return value }
        switch cursor.kind {
        case .integer, .unsigned, .double:
            throw WireDecodingError(expected: wireName, found: cursor.value().description)
        case .null, .no, .yes, .string, .bytes, .extension, .array, .map:
            throw cursor.mismatch(wireName)
        }
    }

    func write(_ codec: PacketCodec, into buffer: inout ByteBuffer, depth: Int) {
        if Self.isSigned {
            codec.writeInt64(Int64(truncatingIfNeeded: self), into: &buffer)
        } else {
            codec.writeUInt64(UInt64(truncatingIfNeeded: self), into: &buffer)
        }
    }

    func wireValue() -> WireValue {
        Int64(exactly: self).map(WireValue.int) ?? .uint(UInt64(truncatingIfNeeded: self))
    }
}

extension Int: DirectWireInteger {}
extension Int8: DirectWireInteger {}
extension Int16: DirectWireInteger {}
extension Int32: DirectWireInteger {}
extension Int64: DirectWireInteger {}
extension UInt: DirectWireInteger {}
extension UInt16: DirectWireInteger {}
extension UInt32: DirectWireInteger {}
extension UInt64: DirectWireInteger {}

extension UInt8: DirectWireInteger {
    /// Reads bytes from a MessagePack bin, from a base64 string (the form of bytes in JSON), or from an array of
    /// integers.
    static func readArray(_ cursor: TapeCursor) throws(WireDecodingError) -> [UInt8] {
        if let bytes = cursor.rawBytes { return Array(bytes) }
        if let text = cursor.text {
            guard let bytes = Base64.decode(text) else {
                throw WireDecodingError(expected: "bytes", found: "a string that is not base64")
            }
            return bytes
        }
        guard let elements = cursor.elements else { throw cursor.mismatch("bytes") }
        var bytes: [UInt8] = []
        for element in elements {
            do {
                bytes.append(try read(element))
            } catch {
                throw error.within(String(bytes.count))
            }
        }
        return bytes
    }

    static func writeArray(_ array: [UInt8], as codec: PacketCodec, into buffer: inout ByteBuffer, depth: Int) {
        array.withUnsafeBytes { codec.writeBytes($0, into: &buffer) }
    }

    static func wireArray(_ array: [UInt8]) -> WireValue { .bytes(array) }
}
