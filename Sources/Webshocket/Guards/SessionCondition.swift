/// The content of a ``SessionPredicate``, as data that a program can inspect, compare and rebuild.
///
/// The predicates' types, such as ``Has`` and ``IsEqual``, and the operators `&&`, `||` and `!` make conditions; the cases
/// exist to take one apart. More cases may be added, so a `switch` over them needs a `default`.
///
/// Two conditions are equal if they have the same structure; see ``SessionCheck`` for closures.
public enum SessionCondition: SessionPredicate, Hashable {
    /// The attribute is set.
    case has(String)
    /// The attribute is the Boolean `true`.
    case isTrue(String)
    /// The attribute equals this value. Numbers of different types are compared by value, so 1 equals 1.0.
    case equal(String, Value)
    /// The attribute compares to the value as stated: both are numbers, strings, or points in time.
    case comparison(String, Comparison, Value)
    /// At least one of these holds; evaluated in order, up to the first that holds.
    case any([SessionCondition])
    /// All of these hold; evaluated in order, up to the first that does not hold.
    case all([SessionCondition])
    /// The condition does not hold.
    indirect case not(SessionCondition)
    /// The closure returns true.
    case check(SessionCheck)

    /// The order that an attribute and a value must have.
    ///
    /// Numbers are compared exactly, whatever their types, without rounding. Strings are compared by their UTF-8 bytes,
    /// which is the order of their Unicode scalars, so canonically equivalent strings differ. Nothing is less or greater
    /// than NaN.
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
    /// Whether another condition is this one, or one of its terms.
    func contains(_ other: SessionCondition) -> Bool {
        guard self != other else { return true }
        return switch self {
        case .any(let terms), .all(let terms): terms.contains { $0.contains(other) }
        case .not(let negated): negated.contains(other)
        case .has, .isTrue, .equal, .comparison, .check: false
        }
    }
}
