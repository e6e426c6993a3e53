/// What is asked of a connection's session attributes, to guard a method or to choose who receives a message.
///
///     Is("isAdmin") && !Is("isReadOnly")
///     AnyOf(IsEqual("team", "red"), IsAtLeast("level", 10))
///     Has("userID") && Check("is paying") { connection in connection.plan == "pro" }
///
/// Of an attribute that is not set nothing holds: it is not true, not equal to anything, not even to nil, and neither
/// less nor greater. So ``Not`` of any of these does hold for it.
///
/// The operators join predicates of types that are known; of an `any SessionPredicate` they join the ``expression``.
public protocol SessionPredicate: Sendable, CustomStringConvertible {
    /// The predicate as a value that can be taken apart.
    var expression: SessionExpression { get }
}

extension SessionPredicate {
    /// The predicate as it would be written in code, with control characters escaped.
    public var description: String { expression.description }

    /// Holds where both do; the second is not asked where the first does not.
    public static func && (lhs: Self, rhs: some SessionPredicate) -> AllOf {
        AllOf(lhs.expression.terms(ofAll: true) + rhs.expression.terms(ofAll: true))
    }

    /// Holds where either does; the second is not asked where the first does.
    public static func || (lhs: Self, rhs: some SessionPredicate) -> AnyOf {
        AnyOf(lhs.expression.terms(ofAll: false) + rhs.expression.terms(ofAll: false))
    }

    /// Holds where the predicate does not.
    public static prefix func ! (predicate: Self) -> Not {
        Not(predicate)
    }
}
