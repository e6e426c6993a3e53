/// Any value that a packet can carry, in either codec.
///
/// Integers stay whole: ``uint(_:)`` is used only above `Int64.max`. In JSON, bytes travel as base64 strings,
/// timestamps as ISO 8601 strings, and an extension as a map of its `type` and its `bytes`; reading them back gives
/// the strings and the map, since JSON does not say what they were.
public enum Value: Sendable, Hashable {
    /// Nothing: nil in MessagePack, `null` in JSON.
    case null
    /// True or false.
    case bool(Bool)
    /// An integer that fits 64 bits with a sign.
    case int(Int64)
    /// An integer above `Int64.max`; smaller ones are ``int(_:)``.
    case uint(UInt64)
    /// A number with a fraction, or one beyond the integers. NaN and the infinities cannot be sent in JSON.
    case double(Double)
    /// Text.
    case string(String)
    /// Binary data.
    case bytes([UInt8])
    /// A point in time.
    case timestamp(Timestamp)
    /// A MessagePack extension that is no timestamp.
    case ext(type: Int8, bytes: [UInt8])
    /// Values in order.
    case array([Value])
    /// Values by name; written in the order of their names.
    case map([String: Value])

    /// An integer of any width that fits 64 bits, with or without a sign; nil for a wider one.
    public init?(exactly integer: some BinaryInteger) {
        if let signed = Int64(exactly: integer) {
            self = .int(signed)
        } else if let unsigned = UInt64(exactly: integer) {
            self = .uint(unsigned)
        } else {
            return nil
        }
    }
}

extension Value: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// ``null``.
    public init(nilLiteral: ()) { self = .null }

    /// A ``bool(_:)``.
    public init(booleanLiteral value: Bool) { self = .bool(value) }

    /// An ``int(_:)``.
    public init(integerLiteral value: Int64) { self = .int(value) }

    /// A ``double(_:)``.
    public init(floatLiteral value: Double) { self = .double(value) }

    /// A ``string(_:)``.
    public init(stringLiteral value: String) { self = .string(value) }

    /// An ``array(_:)``.
    public init(arrayLiteral elements: Value...) { self = .array(elements) }

    /// A ``map(_:)``; the last one counts where a key stands twice.
    public init(dictionaryLiteral elements: (String, Value)...) {
        self = .map(Dictionary(elements) { _, last in last })
    }
}
