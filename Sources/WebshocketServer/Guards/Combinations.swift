/// Holds if at least one of several predicates holds. They are evaluated in order, up to the first that holds.
///
/// The operator `||` does the same for two.
public struct AnyOf: SessionPredicate, Hashable {
    /// The conditions of the predicates, in order.
    public let conditions: [SessionCondition]

    /// Combines predicates; without any, the combination never holds.
    public init(_ predicates: any SessionPredicate...) {
        self.init(predicates)
    }

    /// Combines the predicates of an array, such as `AnyOf(teams.map { IsEqual("team", $0) })`.
    public init(_ predicates: [any SessionPredicate]) {
        conditions = predicates.map(\.condition)
    }

    /// A ``SessionCondition/any(_:)``.
    public var condition: SessionCondition { .any(conditions) }
}

/// Holds if all of several predicates hold. They are evaluated in order, up to the first that does not hold.
///
/// The operator `&&` does the same for two.
public struct AllOf: SessionPredicate, Hashable {
    /// The conditions of the predicates, in order.
    public let conditions: [SessionCondition]

    /// Combines predicates; without any, the combination always holds.
    public init(_ predicates: any SessionPredicate...) {
        self.init(predicates)
    }

    /// Combines the predicates of an array; if it is empty, the combination always holds.
    public init(_ predicates: [any SessionPredicate]) {
        conditions = predicates.map(\.condition)
    }

    /// A ``SessionCondition/all(_:)``.
    public var condition: SessionCondition { .all(conditions) }
}

/// Holds if a predicate does not hold, which includes comparisons with an attribute that is not set.
///
/// The operator `!` does the same.
public struct Not: SessionPredicate, Hashable {
    /// The condition of the negated predicate.
    public let negated: SessionCondition

    /// Negates a predicate.
    public init(_ predicate: some SessionPredicate) {
        negated = predicate.condition
    }

    /// A ``SessionCondition/not(_:)``.
    public var condition: SessionCondition { .not(negated) }
}
