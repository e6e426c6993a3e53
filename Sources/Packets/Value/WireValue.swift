/// A value that a packet can carry, in either codec.
///
/// Integers are never converted to floating-point numbers; ``uint(_:)`` is used only above `Int64.max`. In JSON, bytes
/// are sent as base64 strings, timestamps as ISO 8601 strings, and an extension as a map of its `type` and its `bytes`.
/// They are read back as strings and as a map, because JSON does not preserve their types.
public enum WireValue: Sendable, Hashable {
    /// The absence of a value: nil in MessagePack, `null` in JSON.
    case null
    /// True or false.
    case bool(Bool)
    /// An integer that fits in `Int64`.
    case int(Int64)
    /// An integer above `Int64.max`; smaller integers are ``int(_:)``.
    case uint(UInt64)
    /// A floating-point number. NaN and the infinities cannot be sent in JSON.
    case double(Double)
    /// Text.
    case string(String)
    /// Binary data.
    case bytes([UInt8])
    /// A point in time.
    case timestamp(Timestamp)
    /// A MessagePack extension that is not a timestamp.
    case ext(type: Int8, bytes: [UInt8])
    /// An array of values.
    case array([WireValue])
    /// A map from keys to values. It is written in the order of its keys.
    case map([String: WireValue])

    /// Creates a value from an integer of any width; nil if it fits in neither `Int64` nor `UInt64`.
    ///
    /// - Parameter integer: The integer.
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

extension WireValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// Creates ``null`` from `nil`.
    public init(nilLiteral: ()) { self = .null }

    /// Creates a ``bool(_:)`` from a literal.
    public init(booleanLiteral value: Bool) { self = .bool(value) }

    /// Creates an ``int(_:)`` from a literal.
    public init(integerLiteral value: Int64) { self = .int(value) }

    /// Creates a ``double(_:)`` from a literal.
    public init(floatLiteral value: Double) { self = .double(value) }

    /// Creates a ``string(_:)`` from a literal.
    public init(stringLiteral value: String) { self = .string(value) }

    /// Creates an ``array(_:)`` from a literal.
    public init(arrayLiteral elements: WireValue...) { self = .array(elements) }

    /// Creates a ``map(_:)`` from a literal. If a key is repeated, its last value is used.
    public init(dictionaryLiteral elements: (String, WireValue)...) {
        self = .map(Dictionary(elements) { _, last in last })
    }
}
