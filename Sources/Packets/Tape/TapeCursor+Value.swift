extension TapeCursor {
    /// Copies the value and all within it. It calls itself once per level, of which the parser let through 64 at most.
    package func value() -> Value {
        switch kind {
        case .null: return .null
        case .no: return .bool(false)
        case .yes: return .bool(true)
        case .integer: return .int(Int64(bitPattern: token.pointee.bits))
        case .unsigned: return .uint(token.pointee.bits)
        case .double: return .double(Double(bitPattern: token.pointee.bits))
        case .string: return .string(String(decoding: payload, as: UTF8.self))
        case .bytes: return .bytes(Array(payload))
        case .extension: return timestamp.map(Value.timestamp) ?? .ext(type: token.pointee.type, bytes: Array(payload))
        case .array: return .array(elements?.map { $0.value() } ?? [])
        case .map: return .map(dictionary())
        }
    }

    /// The pairs of a map, the last of each key and of canonically equivalent keys; empty for anything else.
    package func dictionary() -> [String: Value] {
        guard let entries else { return [:] }
        var pairs = [String: Value](minimumCapacity: count)
        for (key, value) in entries { pairs.setLast(value.value(), for: String(decoding: key.payload, as: UTF8.self)) }
        return pairs
    }

    /// The value's kind, as error texts name it.
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
