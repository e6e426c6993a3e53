import Bytes

extension Value: DirectWireValue {
    static var wireName: String { "any value" }

    static func read(_ cursor: TapeCursor) -> Value { cursor.value() }

    func write(_ codec: Codec, into buffer: inout ByteBuffer, depth: Int) throws {
        try codec.write(self, into: &buffer, depth: depth)
    }
    func wireValue() -> Value { self }
}

extension Timestamp: DirectWireValue {
    static var wireName: String { "a timestamp" }

    static func read(_ cursor: TapeCursor) throws(WireDecodingError) -> Timestamp {
        if let timestamp = cursor.timestamp { return timestamp }
        guard let text = cursor.string else { throw cursor.mismatch(wireName) }
        guard let timestamp = Timestamp(text) else {
            throw WireDecodingError(expected: wireName, found: "a string that is not ISO 8601")
        }
        return timestamp
    }

    func write(_ codec: Codec, into buffer: inout ByteBuffer, depth: Int) { codec.writeTimestamp(self, into: &buffer) }
    func wireValue() -> Value { .timestamp(self) }
}

extension Optional: DirectWireValue where Wrapped: DirectWireValue {
    static var wireName: String { Wrapped.wireName + " or null" }

    static func read(_ cursor: TapeCursor) throws(WireDecodingError) -> Wrapped? {
        cursor.isNull ? nil : try Wrapped.read(cursor)
    }

    func write(_ codec: Codec, into buffer: inout ByteBuffer, depth: Int) throws {
        guard let self else { return codec.writeNull(into: &buffer) }
        try self.write(codec, into: &buffer, depth: depth)
    }

    func wireValue() throws -> Value { try self?.wireValue() ?? .null }
}

extension Array: DirectWireValue where Element: DirectWireValue {
    static var wireName: String { Element.self == UInt8.self ? "bytes" : "an array" }

    static func read(_ cursor: TapeCursor) throws(WireDecodingError) -> [Element] { try Element.readArray(cursor) }

    func write(_ codec: Codec, into buffer: inout ByteBuffer, depth: Int) throws {
        try Element.writeArray(self, as: codec, into: &buffer, depth: depth)
    }

    func wireValue() throws -> Value { try Element.wireArray(self) }
}

extension Dictionary: DirectWireValue where Key == String, Value: DirectWireValue {
    static var wireName: String { "a map" }

    static func read(_ cursor: TapeCursor) throws(WireDecodingError) -> [String: Value] {
        guard var entries = cursor.entries else { throw cursor.mismatch(wireName) }
        var pairs = [String: Value](minimumCapacity: cursor.count)
        while let (key, value) = entries.next() {
            let name = String(decoding: key.payload, as: UTF8.self)
            do {
                pairs.setLast(try Value.read(value), for: name)
            } catch {
                throw error.within(name)
            }
        }
        return pairs
    }

    func write(_ codec: Codec, into buffer: inout ByteBuffer, depth: Int) throws {
        try Codec.checkDepth(depth)
        codec.beginMap(count: count, into: &buffer)
        for (index, (key, value)) in sortedByKeyBytes.enumerated() {
            codec.writeKey(key, at: index, into: &buffer)
            do {
                try value.write(codec, into: &buffer, depth: depth + 1)
            } catch let error as EncodingError {
                throw error.within(WireKey(key))
            }
        }
        codec.endMap(into: &buffer)
    }

    func wireValue() throws -> Packets.Value { .map(try mapValues { try $0.wireValue() }) }
}
