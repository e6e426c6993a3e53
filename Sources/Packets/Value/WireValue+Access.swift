extension WireValue {
    /// Whether this is ``null``.
    public var isNull: Bool { self == .null }

    /// The boolean, or nil for any other value.
    public var asBool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The integer, also if it is a double with an integral value. Nil for any other value, and for one that does not
    /// fit.
    public var asInt: Int? {
        switch self {
        case .int(let value): Int(exactly: value)
        case .uint(let value): Int(exactly: value)
        case .double(let value): Int(exactly: value)
        case .null, .bool, .string, .bytes, .timestamp, .ext, .array, .map: nil
        }
    }

    /// The number, rounded if it is an integer of more than 53 bits; nil for any other value.
    public var asDouble: Double? {
        switch self {
        case .int(let value): Double(value)
        case .uint(let value): Double(value)
        case .double(let value): value
        case .null, .bool, .string, .bytes, .timestamp, .ext, .array, .map: nil
        }
    }

    /// The text, or nil for any other value.
    public var asString: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The bytes, also decoded from a base64 string, the form of bytes in JSON; nil for any other value.
    public var asBytes: [UInt8]? {
        switch self {
        case .bytes(let value): value
        case .string(let text): Base64.decode(text)
        case .null, .bool, .int, .uint, .double, .timestamp, .ext, .array, .map: nil
        }
    }

    /// The point in time, also parsed from an ISO 8601 string, the form of timestamps in JSON; nil for any other value.
    public var asTimestamp: Timestamp? {
        switch self {
        case .timestamp(let value): value
        case .string(let text): Timestamp(text)
        case .null, .bool, .int, .uint, .double, .bytes, .ext, .array, .map: nil
        }
    }

    /// The elements of an array, or nil for any other value.
    public var asArray: [WireValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The pairs of a map, or nil for any other value.
    public var asMap: [String: WireValue]? {
        if case .map(let value) = self { value } else { nil }
    }

    /// The value of a map's key; nil if there is no such key or this is not a map.
    ///
    /// - Parameter key: The key, which is compared by its UTF-8 bytes.
    public subscript(key: String) -> WireValue? { asMap?.exactValue(of: key) }

    /// The element of an array; nil if the index is out of bounds or this is not an array.
    ///
    /// - Parameter index: The index of the element, from 0.
    public subscript(index: Int) -> WireValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }
}
