/// Holds where an attribute has a value: `IsEqual("team", "red")`.
///
/// Numbers are compared by what they are worth, so that 1 is 1.0, and without rounding any; NaN is equal to nothing. All
/// else is compared with `==`, numbers inside of arrays and maps too.
public struct IsEqual: SessionPredicate, Hashable {
    /// The attribute's name.
    public let name: String
    /// What the attribute is to be.
    public let value: Value

    /// - Parameters:
    ///   - name: the attribute's name.
    ///   - value: what the attribute is to be; nil is for one that is set to ``Value/null``, not for one that is not set.
    public init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }

    /// ``SessionExpression/equal(_:_:)``.
    public var expression: SessionExpression { .equal(name, value) }
}
