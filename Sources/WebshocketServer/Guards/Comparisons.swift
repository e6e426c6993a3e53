/// A predicate that compares an attribute to a value, such as ``IsEqual`` or ``IsAtLeast``.
public protocol ValuePredicate: SessionPredicate, Hashable {
    /// The attribute's name.
    var name: String { get }
    /// The value that the attribute is compared to.
    var value: WireValue { get }

    /// Compares an attribute to a value.
    init(_ name: String, _ value: WireValue)
}

extension ValuePredicate {
    /// Compares an attribute to a scalar, such as a variable.
    public init(_ name: String, _ value: some SessionScalar) {
        self.init(name, value.sessionValue)
    }

    /// Compares the attribute of a key to a scalar.
    public init<Content: SessionScalar>(_ key: SessionKey<Content>, _ value: Content) {
        self.init(key.name, value.sessionValue)
    }
}

/// Holds if an attribute has a value: `IsEqual("team", "red")`.
///
/// Numbers of different types are compared exactly, by value, so 1 equals 1.0; NaN equals nothing. Strings are compared
/// by their UTF-8 bytes, so `"K"` does not equal U+212A (Kelvin sign). Inside arrays and maps, numbers of different
/// types are not equal.
public struct IsEqual: ValuePredicate {
    /// The attribute's name.
    public let name: String
    /// The value that the attribute must have.
    public let value: WireValue

    /// Compares an attribute to a value.
    /// - Parameters:
    ///   - name: The attribute's name.
    ///   - value: The value that the attribute must have; nil means an attribute that is set to ``WireValue/null``, not
    ///     one that is not set.
    public init(_ name: String, _ value: WireValue) {
        self.name = name
        self.value = value
    }

    /// A ``SessionCondition/equal(_:_:)``.
    public var condition: SessionCondition { .equal(name, value) }
}

/// Holds if an attribute is less than a value; see ``SessionCondition/Comparison`` for the values that have an order.
public struct IsLess: ValuePredicate {
    /// The attribute's name.
    public let name: String
    /// The value that the attribute is compared to.
    public let value: WireValue

    /// Compares an attribute to a value.
    /// - Parameters:
    ///   - name: The attribute's name.
    ///   - value: A number, a string, or a point in time; for any other value the predicate never holds.
    public init(_ name: String, _ value: WireValue) {
        self.name = name
        self.value = value
    }

    /// A ``SessionCondition/comparison(_:_:_:)``.
    public var condition: SessionCondition { .comparison(name, .less, value) }
}

/// Holds if an attribute is greater than a value; see ``SessionCondition/Comparison`` for the values that have an
/// order.
public struct IsGreater: ValuePredicate {
    /// The attribute's name.
    public let name: String
    /// The value that the attribute is compared to.
    public let value: WireValue

    /// Compares an attribute to a value.
    /// - Parameters:
    ///   - name: The attribute's name.
    ///   - value: A number, a string, or a point in time; for any other value the predicate never holds.
    public init(_ name: String, _ value: WireValue) {
        self.name = name
        self.value = value
    }

    /// A ``SessionCondition/comparison(_:_:_:)``.
    public var condition: SessionCondition { .comparison(name, .greater, value) }
}

/// Holds if an attribute is greater than or equal to a value; see ``SessionCondition/Comparison`` for the values that
/// have an order.
public struct IsAtLeast: ValuePredicate {
    /// The attribute's name.
    public let name: String
    /// The value that the attribute is compared to.
    public let value: WireValue

    /// Compares an attribute to a value.
    /// - Parameters:
    ///   - name: The attribute's name.
    ///   - value: A number, a string, or a point in time; for any other value the predicate never holds.
    public init(_ name: String, _ value: WireValue) {
        self.name = name
        self.value = value
    }

    /// A ``SessionCondition/comparison(_:_:_:)``.
    public var condition: SessionCondition { .comparison(name, .atLeast, value) }
}

/// Holds if an attribute is less than or equal to a value; see ``SessionCondition/Comparison`` for the values that have
/// an order.
public struct IsAtMost: ValuePredicate {
    /// The attribute's name.
    public let name: String
    /// The value that the attribute is compared to.
    public let value: WireValue

    /// Compares an attribute to a value.
    /// - Parameters:
    ///   - name: The attribute's name.
    ///   - value: A number, a string, or a point in time; for any other value the predicate never holds.
    public init(_ name: String, _ value: WireValue) {
        self.name = name
        self.value = value
    }

    /// A ``SessionCondition/comparison(_:_:_:)``.
    public var condition: SessionCondition { .comparison(name, .atMost, value) }
}
