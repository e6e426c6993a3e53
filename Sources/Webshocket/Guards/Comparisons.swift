// Four types rather than one with an operator in it: so a guard reads as one says it.

/// Holds where an attribute is less than a value; see ``SessionExpression/Comparison`` for what can be compared.
public struct IsLess: SessionPredicate, Hashable {
    /// The attribute's name.
    public let name: String
    /// What the attribute is compared with.
    public let value: Value

    /// - Parameters:
    ///   - name: the attribute's name.
    ///   - value: a number, a text, or a point in time; with anything else it never holds.
    public init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }

    /// A ``SessionExpression/comparison(_:_:_:)``.
    public var expression: SessionExpression { .comparison(name, .less, value) }
}

/// Holds where an attribute is greater than a value; see ``SessionExpression/Comparison`` for what can be compared.
public struct IsGreater: SessionPredicate, Hashable {
    /// The attribute's name.
    public let name: String
    /// What the attribute is compared with.
    public let value: Value

    /// - Parameters:
    ///   - name: the attribute's name.
    ///   - value: a number, a text, or a point in time; with anything else it never holds.
    public init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }

    /// A ``SessionExpression/comparison(_:_:_:)``.
    public var expression: SessionExpression { .comparison(name, .greater, value) }
}

/// Holds where an attribute is greater than, or equal to, a value; see ``SessionExpression/Comparison`` for what can be compared.
public struct IsAtLeast: SessionPredicate, Hashable {
    /// The attribute's name.
    public let name: String
    /// What the attribute is compared with.
    public let value: Value

    /// - Parameters:
    ///   - name: the attribute's name.
    ///   - value: a number, a text, or a point in time; with anything else it never holds.
    public init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }

    /// A ``SessionExpression/comparison(_:_:_:)``.
    public var expression: SessionExpression { .comparison(name, .atLeast, value) }
}

/// Holds where an attribute is less than, or equal to, a value; see ``SessionExpression/Comparison`` for what can be compared.
public struct IsAtMost: SessionPredicate, Hashable {
    /// The attribute's name.
    public let name: String
    /// What the attribute is compared with.
    public let value: Value

    /// - Parameters:
    ///   - name: the attribute's name.
    ///   - value: a number, a text, or a point in time; with anything else it never holds.
    public init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }

    /// A ``SessionExpression/comparison(_:_:_:)``.
    public var expression: SessionExpression { .comparison(name, .atMost, value) }
}
