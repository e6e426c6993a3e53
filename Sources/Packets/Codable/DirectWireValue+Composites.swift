import Bytes

extension WireValue: DirectWireValue {
    static var wireName: String { "any value" }

    static func read(_ cursor: TapeCursor) -> WireValue { cursor.value() }

    static func mayBeUnsendable(as codec: PacketCodec) -> Bool { codec == .json }
    func checkSendable(as codec: PacketCodec) throws { try checkSendable(as: codec, depth: 0) }

    /// Recurses once per level, down to the deepest level that can be written.
    private func checkSendable(as codec: PacketCodec, depth: Int) throws {
        guard codec == .json, depth < PacketCodec.deepest else { return }
        switch self {
        case .double(let value):
            try codec.checkSendable(value)
        case .array(let elements):
            try elements.eachNamingIndex { try $0.checkSendable(as: codec, depth: depth + 1) }
        case .map(let pairs):
            try pairs.eachNamingKey { try $0.checkSendable(as: codec, depth: depth + 1) }
        case .null, .bool, .int, .uint, .string, .bytes, .timestamp, .ext:
            return
        }
    }

    func write(_ codec: PacketCodec, into buffer: inout ByteBuffer, depth: Int) throws {
        try codec.write(self, into: &buffer, depth: depth)
    }
    func wireValue() -> WireValue { self }
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

    func write(_ codec: PacketCodec, into buffer: inout ByteBuffer, depth: Int) {
        codec.writeTimestamp(self, into: &buffer)
    }
    func wireValue() -> WireValue { .timestamp(self) }
}

extension Optional: DirectWireValue where Wrapped: DirectWireValue {
    static var wireName: String { Wrapped.wireName + " or null" }

    static func read(_ cursor: TapeCursor) throws(WireDecodingError) -> Wrapped? {
        cursor.isNull ? nil : try Wrapped.read(cursor)
    }

    static func mayBeUnsendable(as codec: PacketCodec) -> Bool { Wrapped.mayBeUnsendable(as: codec) }
    func checkSendable(as codec: PacketCodec) throws { try self?.checkSendable(as: codec) }

    func write(_ codec: PacketCodec, into buffer: inout ByteBuffer, depth: Int) throws {
        guard let self else { return codec.writeNull(into: &buffer) }
        try self.write(codec, into: &buffer, depth: depth)
    }

    func wireValue() throws -> WireValue { try self?.wireValue() ?? .null }
}

extension Array: DirectWireValue where Element: DirectWireValue {
    static var wireName: String { Element.self == UInt8.self ? "bytes" : "an array" }

    static func read(_ cursor: TapeCursor) throws(WireDecodingError) -> [Element] { try Element.readArray(cursor) }

    static func mayBeUnsendable(as codec: PacketCodec) -> Bool { Element.mayBeUnsendable(as: codec) }
    func checkSendable(as codec: PacketCodec) throws {
        guard Element.mayBeUnsendable(as: codec) else { return }
        try eachNamingIndex { try $0.checkSendable(as: codec) }
    }

    func write(_ codec: PacketCodec, into buffer: inout ByteBuffer, depth: Int) throws {
        try Element.writeArray(self, as: codec, into: &buffer, depth: depth)
    }

    func wireValue() throws -> WireValue { try Element.wireArray(self) }
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

    static func mayBeUnsendable(as codec: PacketCodec) -> Bool { Value.mayBeUnsendable(as: codec) }
    func checkSendable(as codec: PacketCodec) throws {
        guard Value.mayBeUnsendable(as: codec) else { return }
        try eachNamingKey { try $0.checkSendable(as: codec) }
    }

    func write(_ codec: PacketCodec, into buffer: inout ByteBuffer, depth: Int) throws {
        try PacketCodec.checkDepth(depth)
        codec.beginMap(count: count, into: &buffer)
        for (index, (key, value)) in sortedByKeyBytes.enumerated() {
            codec.writeKey(key, at: index, into: &buffer)
            try EncodingError.naming(WireKey(key)) { try value.write(codec, into: &buffer, depth: depth + 1) }
        }
        codec.endMap(into: &buffer)
    }

    func wireValue() throws -> WireValue { .map(try mapValues { try $0.wireValue() }) }
}

// MARK: - Paths

extension Array {
    /// Calls `body` for each element, and adds the element's index to the path of an error.
    fileprivate func eachNamingIndex(_ body: (Element) throws -> Void) throws {
        for (index, element) in enumerated() {
            try EncodingError.naming(WireKey(index: index)) { try body(element) }
        }
    }
}

extension Dictionary where Key == String {
    /// Calls `body` for each value, and adds the value's key to the path of an error.
    fileprivate func eachNamingKey(_ body: (Value) throws -> Void) throws {
        for (key, value) in self {
            try EncodingError.naming(WireKey(key)) { try body(value) }
        }
    }
}
