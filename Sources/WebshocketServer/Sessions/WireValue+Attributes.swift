// Inlinable so that the casts are resolved at compile time when the attribute's type is known.
extension WireValue {
    /// Converts content to the value of an attribute. Content that is neither a scalar nor a ``WireValue`` is encoded.
    /// - Returns: Nil if the content encodes as null, such as a nested optional.
    @inlinable
    static func keeping<Content: Codable & Sendable>(_ content: Content) throws -> WireValue? {
        if let value = content as? WireValue { return value }
        if let flag = content as? Bool { return .bool(flag) }
        if let text = content as? String { return .string(text) }
        if let number = content as? Int { return .int(Int64(number)) }
        if let number = content as? Double { return .double(number) }
        let value = try WireValue(encoding: content)
        // Not `? nil : value`, because `nil` would be inferred as the null value.
        if value.isNull { return .none }
        return value
    }

    /// Converts the value of an attribute to another type, like the arguments of a call.
    /// - Returns: Nil if the value is not of that type.
    @inlinable
    func content<Content: Codable & Sendable>(as type: Content.Type) -> Content? {
        if let content = self as? Content { return content }
        switch self {
        case .bool(let flag): if let content = flag as? Content { return content }
        case .string(let text): if let content = text as? Content { return content }
        case .double(let number): if let content = number as? Content { return content }
        case .int(let number): if let content = Int(exactly: number) as? Content { return content }
        case .null, .uint, .bytes, .timestamp, .ext, .array, .map: break
        }
        return try? decode(as: type)
    }
}
