/// A type that an attribute can be compared to, in addition to ``Value``: a string, a Boolean, a number, or a point in
/// time.
///
/// To use keys of your own type, make it conform if it encodes as one of these:
///
///     enum Team: String, Codable { case red, blue }
///     extension Team: SessionScalar { var sessionValue: Value { .string(rawValue) } }
public protocol SessionScalar: Codable, Sendable {
    /// The value that is stored if an attribute is set to this scalar.
    var sessionValue: Value { get }
}

extension String: SessionScalar {
    /// A ``Value/string(_:)``.
    public var sessionValue: Value { .string(self) }
}

extension Bool: SessionScalar {
    /// A ``Value/bool(_:)``.
    public var sessionValue: Value { .bool(self) }
}

extension Double: SessionScalar {
    /// A ``Value/double(_:)``.
    public var sessionValue: Value { .double(self) }
}

extension Float: SessionScalar {
    /// A ``Value/double(_:)`` of the same number.
    public var sessionValue: Value { .double(Double(self)) }
}

extension Timestamp: SessionScalar {
    /// A ``Value/timestamp(_:)``.
    public var sessionValue: Value { .timestamp(self) }
}

extension SessionScalar where Self: BinaryInteger {
    /// A ``Value/int(_:)``, or a ``Value/uint(_:)`` above `Int64.max`. An integer that does not fit in 64 bits is
    /// rounded to a ``Value/double(_:)``.
    public var sessionValue: Value { Value(exactly: self) ?? .double(Double(self)) }
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
