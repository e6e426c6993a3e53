// The predicates as functions. Capitalised on purpose: they read as the words of a guard.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

/// Holds where an attribute is set, whatever to.
/// - Parameter name: the attribute's name.
public func Has(_ name: String) -> SessionPredicate {
    .has(name)
}

/// Holds where an attribute is set, whatever to, also where it is of another type than its key's.
/// - Parameter key: the attribute's key.
public func Has<Content>(_ key: SessionKey<Content>) -> SessionPredicate {
    .has(key.name)
}

/// Holds where an attribute is exactly `true`; 1, "true" and a text that is not empty are not.
/// - Parameter name: the attribute's name.
public func Is(_ name: String) -> SessionPredicate {
    .isTrue(name)
}

/// Holds where an attribute is exactly `true`.
/// - Parameter key: the attribute's key.
public func Is(_ key: SessionKey<Bool>) -> SessionPredicate {
    .isTrue(key.name)
}

// MARK: - Comparisons

/// Holds where an attribute has a value: `IsEqual("team", "red")`.
///
/// Numbers are compared by what they are worth, so that 1 is 1.0, and without rounding any; NaN is equal to nothing.
/// Texts are compared by their UTF-8 bytes, so that `"K"` is not U+212A (Kelvin sign). All else is compared with `==`,
/// numbers inside of arrays and maps too.
/// - Parameters:
///   - name: the attribute's name.
///   - value: what the attribute is to be; nil is for one that is set to ``Value/null``, not for one that is not set.
public func IsEqual(_ name: String, _ value: Value) -> SessionPredicate {
    .equal(name, value)
}

/// Holds where an attribute has a value, as above, with a scalar, such as a variable.
public func IsEqual(_ name: String, _ value: some SessionScalar) -> SessionPredicate {
    .equal(name, value.sessionValue)
}

/// Holds where the attribute of a key has a value, as above.
public func IsEqual<Content: SessionScalar>(_ key: SessionKey<Content>, _ value: Content) -> SessionPredicate {
    .equal(key.name, value.sessionValue)
}

/// Holds where an attribute is less than a value; see ``SessionPredicate/Comparison`` for what can be compared.
/// - Parameters:
///   - name: the attribute's name.
///   - value: a number, a text, or a point in time; with anything else it never holds.
public func IsLess(_ name: String, _ value: Value) -> SessionPredicate {
    .comparison(name, .less, value)
}

/// Holds where an attribute is less than a value, as above, with a scalar, such as a variable.
public func IsLess(_ name: String, _ value: some SessionScalar) -> SessionPredicate {
    .comparison(name, .less, value.sessionValue)
}

/// Holds where the attribute of a key is less than a value, as above.
public func IsLess<Content: SessionScalar>(_ key: SessionKey<Content>, _ value: Content) -> SessionPredicate {
    .comparison(key.name, .less, value.sessionValue)
}

/// Holds where an attribute is greater than a value; see ``SessionPredicate/Comparison`` for what can be compared.
/// - Parameters:
///   - name: the attribute's name.
///   - value: a number, a text, or a point in time; with anything else it never holds.
public func IsGreater(_ name: String, _ value: Value) -> SessionPredicate {
    .comparison(name, .greater, value)
}

/// Holds where an attribute is greater than a value, as above, with a scalar, such as a variable.
public func IsGreater(_ name: String, _ value: some SessionScalar) -> SessionPredicate {
    .comparison(name, .greater, value.sessionValue)
}

/// Holds where the attribute of a key is greater than a value, as above.
public func IsGreater<Content: SessionScalar>(_ key: SessionKey<Content>, _ value: Content) -> SessionPredicate {
    .comparison(key.name, .greater, value.sessionValue)
}

/// Holds where an attribute is greater than, or equal to, a value; see ``SessionPredicate/Comparison`` for what can be
/// compared.
/// - Parameters:
///   - name: the attribute's name.
///   - value: a number, a text, or a point in time; with anything else it never holds.
public func IsAtLeast(_ name: String, _ value: Value) -> SessionPredicate {
    .comparison(name, .atLeast, value)
}

/// Holds where an attribute is greater than, or equal to, a value, as above, with a scalar, such as a variable.
public func IsAtLeast(_ name: String, _ value: some SessionScalar) -> SessionPredicate {
    .comparison(name, .atLeast, value.sessionValue)
}

/// Holds where the attribute of a key is greater than, or equal to, a value, as above.
public func IsAtLeast<Content: SessionScalar>(_ key: SessionKey<Content>, _ value: Content) -> SessionPredicate {
    .comparison(key.name, .atLeast, value.sessionValue)
}

/// Holds where an attribute is less than, or equal to, a value; see ``SessionPredicate/Comparison`` for what can be
/// compared.
/// - Parameters:
///   - name: the attribute's name.
///   - value: a number, a text, or a point in time; with anything else it never holds.
public func IsAtMost(_ name: String, _ value: Value) -> SessionPredicate {
    .comparison(name, .atMost, value)
}

/// Holds where an attribute is less than, or equal to, a value, as above, with a scalar, such as a variable.
public func IsAtMost(_ name: String, _ value: some SessionScalar) -> SessionPredicate {
    .comparison(name, .atMost, value.sessionValue)
}

/// Holds where the attribute of a key is less than, or equal to, a value, as above.
public func IsAtMost<Content: SessionScalar>(_ key: SessionKey<Content>, _ value: Content) -> SessionPredicate {
    .comparison(key.name, .atMost, value.sessionValue)
}

// MARK: - Predicates of predicates

/// Holds where at least one of some predicates does; they are asked in order, up to the first that does.
///
/// The operator `||` makes it too.
/// - Parameter predicates: one of them is to hold; with none it never holds.
public func AnyOf(_ predicates: SessionPredicate...) -> SessionPredicate {
    .any(predicates)
}

/// Holds where at least one of some predicates does, as above: `AnyOf(teams.map { IsEqual("team", $0) })`.
public func AnyOf(_ predicates: [SessionPredicate]) -> SessionPredicate {
    .any(predicates)
}

/// Holds where all of some predicates do; they are asked in order, up to the first that does not.
///
/// The operator `&&` makes it too.
/// - Parameter predicates: all of them are to hold; with none it always holds.
public func AllOf(_ predicates: SessionPredicate...) -> SessionPredicate {
    .all(predicates)
}

/// Holds where all of some predicates do, as above.
public func AllOf(_ predicates: [SessionPredicate]) -> SessionPredicate {
    .all(predicates)
}

/// Holds where a predicate does not: also where it is about an attribute that is not set.
///
/// The operator `!` makes it too.
/// - Parameter predicate: what is not to hold.
public func Not(_ predicate: SessionPredicate) -> SessionPredicate {
    .not(predicate)
}

/// Holds where a closure says so, for what the other predicates cannot say.
///
///     Check("is paying") { connection in connection.plan == "pro" || connection.plan == "team" }
///
/// - Parameters:
///   - name: what the check is called where a guard is shown, such as "is paying".
///   - holds: asked each time, on any thread, so it should not block. It may read and write the connection's
///     attributes; the predicates beside it see them as they were before. It must not publish, or one that chooses who
///     gets what is published may never come to an end. What it throws ends the asking.
public func Check(_ name: String, _ holds: @escaping @Sendable (Connection) throws -> Bool) -> SessionPredicate {
    .check(SessionCheck(name, holds))
}
