// Inlinable so that the casts are settled where the attribute's type is known.
extension Value {
    /// What an attribute keeps of some content; only what is neither a scalar nor a value itself is encoded.
    ///
    /// Nil for what encodes as null, such as an optional inside an optional.
    @inlinable
    static func keeping<Content: Codable & Sendable>(_ content: Content) throws -> Value? {
        if let value = content as? Value { return value }
        if let flag = content as? Bool { return .bool(flag) }
        if let text = content as? String { return .string(text) }
        if let number = content as? Int { return .int(Int64(number)) }
        if let number = content as? Double { return .double(number) }
        let value = try Value(encoding: content)
        // Not `? nil : value`, where nil would be the value that is null.
        if value.isNull { return .none }
        return value
    }

    /// What an attribute is as another type, as the arguments of a call are read; nil where it is not of that type.
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
