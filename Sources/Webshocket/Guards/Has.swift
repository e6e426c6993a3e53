/// Holds where an attribute is set, whatever to.
public struct Has: SessionPredicate, Hashable {
    /// The attribute's name.
    public let name: String

    /// - Parameter name: the attribute's name.
    public init(_ name: String) {
        self.name = name
    }

    /// ``SessionExpression/has(_:)``.
    public var expression: SessionExpression { .has(name) }
}
