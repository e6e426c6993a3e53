extension WireValue {
    /// Whether both values have the same type and the same content.
    ///
    /// Texts and map keys are compared by their UTF-8 bytes. Therefore `"K"` and U+212A (Kelvin sign) differ, although
    /// they are equal as `String`. NaN is not equal to any value.
    public static func == (a: WireValue, b: WireValue) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.uint(let a), .uint(let b)): a == b
        case (.double(let a), .double(let b)): a == b
        case (.string(let a), .string(let b)): a.hasSameBytes(as: b)
        case (.bytes(let a), .bytes(let b)): a == b
        case (.timestamp(let a), .timestamp(let b)): a == b
        case (.ext(let type, let a), .ext(let other, let b)): type == other && a == b
        case (.array(let a), .array(let b)): a == b
        case (.map(let a), .map(let b)):
            a.count == b.count && a.allSatisfy { key, value in b.exactValue(of: key) == value }
        case (.null, _), (.bool, _), (.int, _), (.uint, _), (.double, _), (.string, _), (.bytes, _), (.timestamp, _),
            (.ext, _), (.array, _), (.map, _):
            false
        }
    }

    /// Hashes the value. Texts are hashed by their UTF-8 bytes.
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .int(let value): hasher.combine(value)
        case .uint(let value): hasher.combine(value)
        case .double(let value): hasher.combine(value)
        case .string(let value): hasher.combine(ExactText(value))
        case .bytes(let value): hasher.combine(value)
        case .timestamp(let value): hasher.combine(value)
        case .ext(let type, let bytes):
            hasher.combine(type)
            hasher.combine(bytes)
        case .array(let elements): hasher.combine(elements)
        case .map(let pairs):
            // Independent of the order of the pairs, because they have none.
            var sum = 0
            for (key, value) in pairs {
                var pair = hasher
                pair.combine(ExactText(key))
                pair.combine(value)
                sum &+= pair.finalize()
            }
            hasher.combine(pairs.count)
            hasher.combine(sum)
        }
    }
}
