/// What is asked of a connection's session attributes, to guard a method or to choose who receives a message.
///
///     Is("isAdmin") && !Is("isReadOnly")
///     AnyOf(IsEqual("team", "red"), IsAtLeast("level", 10))
///     Has("userID") && Check("is paying") { connection in connection.plan == "pro" }
///
/// Functions such as `Has("userID")` and the operators `&&`, `||` and `!` make them; the cases are there to take
/// one apart. More cases may come, so a `switch` over them needs a `default`.
///
/// Of an attribute that is not set nothing holds: it is not true, not equal to anything, not even to nil, and neither
/// less nor greater. So ``Not(_:)`` of any of these does hold for it.
///
/// Two predicates are equal when they are built alike; see ``SessionCheck`` for closures.
public enum SessionPredicate: Sendable, Hashable {
    /// The attribute is set.
    case has(String)
    /// The attribute is `true`; nothing else is, whatever it would mean elsewhere.
    case isTrue(String)
    /// The attribute is this value; numbers are compared by what they are worth, so that 1 is 1.0.
    case equal(String, Value)
    /// The attribute stands so to the value: both are numbers, texts, or points in time.
    case comparison(String, Comparison, Value)
    /// At least one of these holds; asked in order, up to the first that does.
    case any([SessionPredicate])
    /// All of these hold; asked in order, up to the first that does not.
    case all([SessionPredicate])
    /// This does not hold.
    indirect case not(SessionPredicate)
    /// A closure says so.
    case check(SessionCheck)

    /// How an attribute is to stand to a value.
    ///
    /// Numbers are compared exactly, whatever their types, without rounding any; texts by their UTF-8 bytes, which is
    /// the order of their Unicode scalars, so that canonically equivalent texts differ; nothing is less or greater than
    /// NaN.
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

extension SessionPredicate {
    /// Holds where both do; the second is not asked where the first does not.
    public static func && (lhs: SessionPredicate, rhs: SessionPredicate) -> SessionPredicate {
        .all(lhs.terms(ofAll: true) + rhs.terms(ofAll: true))
    }

    /// Holds where either does; the second is not asked where the first does.
    public static func || (lhs: SessionPredicate, rhs: SessionPredicate) -> SessionPredicate {
        .any(lhs.terms(ofAll: false) + rhs.terms(ofAll: false))
    }

    /// Holds where the predicate does not.
    public static prefix func ! (predicate: SessionPredicate) -> SessionPredicate {
        .not(predicate)
    }

    /// What this is a conjunction of, or with `ofAll` false a disjunction; itself where it is none.
    ///
    /// Chains of an operator so become one list. One of no or a single term stays what it is.
    private func terms(ofAll: Bool) -> [SessionPredicate] {
        switch self {
        case .all(let terms) where ofAll && terms.count > 1: terms
        case .any(let terms) where !ofAll && terms.count > 1: terms
        case .has, .isTrue, .equal, .comparison, .any, .all, .not, .check: [self]
        }
    }
}
