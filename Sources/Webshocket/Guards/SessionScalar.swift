/// What an attribute can be compared with, beside a ``Value``: a text, a truth, a number, or a point in time.
///
/// A type of one's own that encodes as one of these can conform, for keys of that type:
///
///     enum Team: String, Codable { case red, blue }
///     extension Team: SessionScalar { var sessionValue: Value { .string(rawValue) } }
public protocol SessionScalar: Codable, Sendable {
    /// What an attribute keeps that is set to this.
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
    /// A ``Value/double(_:)``, which is the same number.
    public var sessionValue: Value { .double(Double(self)) }
}

extension Timestamp: SessionScalar {
    /// A ``Value/timestamp(_:)``.
    public var sessionValue: Value { .timestamp(self) }
}

extension SessionScalar where Self: BinaryInteger {
    /// A ``Value/int(_:)``, or a ``Value/uint(_:)`` above `Int64.max`; one that 64 bits do not hold is rounded to a
    /// ``Value/double(_:)``.
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
