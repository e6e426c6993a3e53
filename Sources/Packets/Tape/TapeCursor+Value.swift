extension TapeCursor {
    /// Copies the value and everything in it. Recurses once per level; the parser allows at most 64 levels.
    package func value() -> WireValue {
        switch kind {
        case .null: return .null
        case .no: return .bool(false)
        case .yes: return .bool(true)
        case .integer: return .int(Int64(bitPattern: token.pointee.bits))
        case .unsigned: return .uint(token.pointee.bits)
        case .double: return .double(Double(bitPattern: token.pointee.bits))
        case .string: return .string(String(decoding: payload, as: UTF8.self))
        case .bytes: return .bytes(Array(payload))
        case .extension:
            return timestamp.map(WireValue.timestamp) ?? .ext(type: token.pointee.type, bytes: Array(payload))
        case .array: return .array(elements?.map { $0.value() } ?? [])
        case .map: return .map(dictionary())
        }
    }

    /// Copies the pairs of a map; empty for any other value. Of equal or canonically equivalent keys, the last one is
    /// used.
    package func dictionary() -> [String: WireValue] {
        guard let entries else { return [:] }
        var pairs = [String: WireValue](minimumCapacity: count)
        for (key, value) in entries { pairs.setLast(value.value(), for: String(decoding: key.payload, as: UTF8.self)) }
        return pairs
    }

    /// The name of the value's kind in error messages.
    package var name: String {
        switch kind {
        case .null: "null"
        case .no, .yes: "a boolean"
        case .integer, .unsigned: "an integer"
        case .double: "a number"
        case .string: "a string"
        case .bytes: "bytes"
        case .extension: timestamp == nil ? "an extension" : "a timestamp"
        case .array: "an array"
        case .map: "a map"
        }
    }
}
