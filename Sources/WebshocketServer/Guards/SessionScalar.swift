/// A type that an attribute can be compared to, in addition to ``WireValue``: a string, a Boolean, a number, or a point
/// in time.
///
/// To use keys of your own type, make it conform if it encodes as one of these:
///
///     enum Team: String, Codable { case red, blue }
///     extension Team: SessionScalar { var sessionValue: WireValue { .string(rawValue) } }
public protocol SessionScalar: Codable, Sendable {
    /// The value that is stored if an attribute is set to this scalar.
    var sessionValue: WireValue { get }
}

extension String: SessionScalar {
    /// A ``WireValue/string(_:)``.
    public var sessionValue: WireValue { .string(self) }
}

extension Bool: SessionScalar {
    /// A ``WireValue/bool(_:)``.
    public var sessionValue: WireValue { .bool(self) }
}

extension Double: SessionScalar {
    /// A ``WireValue/double(_:)``.
    public var sessionValue: WireValue { .double(self) }
}

extension Float: SessionScalar {
    /// A ``WireValue/double(_:)`` of the same number.
    public var sessionValue: WireValue { .double(Double(self)) }
}

extension Timestamp: SessionScalar {
    /// A ``WireValue/timestamp(_:)``.
    public var sessionValue: WireValue { .timestamp(self) }
}

extension SessionScalar where Self: BinaryInteger {
    /// A ``WireValue/int(_:)``, or a ``WireValue/uint(_:)`` above `Int64.max`. An integer that does not fit in 64 bits
    /// is rounded to a ``WireValue/double(_:)``.
    public var sessionValue: WireValue { WireValue(exactly: self) ?? .double(Double(self)) }
}

extension Int: SessionScalar {}
extension Int8: SessionScalar {}
extension Int16: SessionScalar {}
extension Int32: SessionScalar {}
extension Int64: SessionScalar {}
extension UInt: SessionScalar {}
extension UInt8: SessionScalar {}
extension UInt16: SessionScalar {}
extension UInt32: SessionScalar {}
extension UInt64: SessionScalar {}
