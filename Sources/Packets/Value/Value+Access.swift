extension Value {
    /// Whether this is ``null``.
    public var isNull: Bool { self == .null }

    /// The boolean, or nil for anything else.
    public var asBool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The integer, also of a double that is exactly integral; nil for anything else or what does not fit.
    public var asInt: Int? {
        switch self {
        case .int(let value): Int(exactly: value)
        case .uint(let value): Int(exactly: value)
        case .double(let value): Int(exactly: value)
        case .null, .bool, .string, .bytes, .timestamp, .ext, .array, .map: nil
        }
    }

    /// The number, rounded where an integer is wider than 53 bits; nil for anything else.
    public var asDouble: Double? {
        switch self {
        case .int(let value): Double(value)
        case .uint(let value): Double(value)
        case .double(let value): value
        case .null, .bool, .string, .bytes, .timestamp, .ext, .array, .map: nil
        }
    }

    /// The text, or nil for anything else.
    public var asString: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The bytes, also of a base64 string, as JSON carries them; nil for anything else.
    public var asBytes: [UInt8]? {
        switch self {
        case .bytes(let value): value
        case .string(let text): Base64.decode(text)
        case .null, .bool, .int, .uint, .double, .timestamp, .ext, .array, .map: nil
        }
    }

    /// The point in time, also of an ISO 8601 string, as JSON carries it; nil for anything else.
    public var asTimestamp: Timestamp? {
        switch self {
        case .timestamp(let value): value
        case .string(let text): Timestamp(text)
        case .null, .bool, .int, .uint, .double, .bytes, .ext, .array, .map: nil
        }
    }

    /// The elements of an array, or nil for anything else.
    public var asArray: [Value]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The pairs of a map, or nil for anything else.
    public var asMap: [String: Value]? {
        if case .map(let value) = self { value } else { nil }
    }

    /// The value of a map's key, compared by its UTF-8 bytes; nil if there is none, or if this is not a map.
    public subscript(key: String) -> Value? { asMap?.exactValue(of: key) }

    /// The element at an index; nil outside of the array, or where this is no array.
    public subscript(index: Int) -> Value? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }
}
