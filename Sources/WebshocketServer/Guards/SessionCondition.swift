/// The content of a ``SessionPredicate``, as data that a program can inspect, compare and rebuild.
///
/// Create conditions with the predicate types, such as ``Has`` and ``IsEqual``, and the operators `&&`, `||` and `!`.
/// Use the cases to inspect a condition. More cases may be added, so a `switch` over them needs a `default`.
///
/// Two conditions are equal if they have the same structure; see ``SessionCheck`` for closures.
public enum SessionCondition: SessionPredicate, Hashable {
    /// The attribute is set.
    case has(String)
    /// The attribute is the Boolean `true`.
    case isTrue(String)
    /// The attribute equals this value. Numbers of different types are compared by value, so 1 equals 1.0.
    case equal(String, WireValue)
    /// The attribute and the value have this order. Both must be numbers, strings, or points in time.
    case comparison(String, Comparison, WireValue)
    /// At least one condition holds. They are evaluated in order, up to the first that holds.
    case any([SessionCondition])
    /// All conditions hold. They are evaluated in order, up to the first that does not hold.
    case all([SessionCondition])
    /// The condition does not hold.
    indirect case not(SessionCondition)
    /// The closure returns true.
    case check(SessionCheck)

    /// The order that an attribute must have relative to a value.
    ///
    /// Numbers of any types are compared exactly, without rounding. Strings are compared by their UTF-8 bytes, which is
    /// the order of their Unicode scalars, so canonically equivalent strings differ. Comparisons with NaN are always
    /// false.
    public enum Comparison: String, Sendable, Hashable {
        /// Less than the value.
        case less = "<"
        /// Less than or equal to the value.
        case atMost = "<="
        /// Greater than or equal to the value.
        case atLeast = ">="
        /// Greater than the value.
        case greater = ">"
    }

    /// The condition itself.
    public var condition: SessionCondition { self }
}

extension SessionCondition {
    /// Whether another condition equals this condition or one of its terms, at any depth.
    func contains(_ other: SessionCondition) -> Bool {
        guard self != other else { return true }
        return switch self {
        case .any(let terms), .all(let terms): terms.contains { $0.contains(other) }
        case .not(let negated): negated.contains(other)
        case .has, .isTrue, .equal, .comparison, .check: false
        }
    }
}
