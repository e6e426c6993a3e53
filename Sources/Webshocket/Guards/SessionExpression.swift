/// A predicate on session attributes, taken apart.
///
/// It is a predicate itself. Two expressions are equal when they are built alike; see ``Check`` for closures.
public enum SessionExpression: Sendable, Hashable {
    /// The attribute is set.
    case has(String)
    /// The attribute is `true`; nothing else is, whatever it would mean elsewhere.
    case isTrue(String)
    /// The attribute is this value; numbers are compared by what they are worth, so that 1 is 1.0.
    case equal(String, Value)
    /// The attribute stands so to the value: both are numbers, texts, or points in time.
    case comparison(String, Comparison, Value)
    /// At least one of these holds; asked in order, up to the first that does.
    case any([SessionExpression])
    /// All of these hold; asked in order, up to the first that does not.
    case all([SessionExpression])
    /// This does not hold.
    indirect case not(SessionExpression)
    /// A closure says so.
    case check(Check)

    /// How an attribute is to stand to a value.
    ///
    /// Numbers are compared exactly, whatever their types, without rounding any; texts by their Unicode scalars, where
    /// canonically equal ones count as the same, as Swift's strings are; nothing is less or greater than NaN.
    public enum Comparison: String, Sendable, Hashable {
        /// Less than the value.
        case less = "<"
        /// Less than the value, or equal to it.
        case atMost = "<="
        /// Equal to the value, or greater.
        case atLeast = ">="
        /// Greater than the value.
        case greater = ">"
    }
}

extension SessionExpression: SessionPredicate {
    /// Itself.
    public var expression: SessionExpression { self }
}

extension SessionExpression {
    /// What this is a conjunction of, or with `ofAll` false a disjunction; itself where it is none.
    ///
    /// Chains of an operator so become one list. One of no or a single term stays what it is.
    func terms(ofAll: Bool) -> [SessionExpression] {
        switch self {
        case .all(let terms) where ofAll && terms.count > 1: terms
        case .any(let terms) where !ofAll && terms.count > 1: terms
        case .has, .isTrue, .equal, .comparison, .any, .all, .not, .check: [self]
        }
    }
}
