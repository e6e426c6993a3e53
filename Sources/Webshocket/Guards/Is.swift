/// Holds where an attribute is exactly `true`; 1, "true" and a text that is not empty are not.
public struct Is: SessionPredicate, Hashable {
    /// The attribute's name.
    public let name: String

    /// - Parameter name: the attribute's name.
    public init(_ name: String) {
        self.name = name
    }

    /// ``SessionExpression/isTrue(_:)``.
    public var expression: SessionExpression { .isTrue(name) }
}
