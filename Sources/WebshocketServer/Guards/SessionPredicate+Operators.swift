/// Returns a condition that holds if both predicates hold; the second is evaluated only if the first holds.
public func && (lhs: some SessionPredicate, rhs: some SessionPredicate) -> SessionCondition {
    .all(lhs.condition.terms(ofAll: true) + rhs.condition.terms(ofAll: true))
}

/// Returns a condition that holds if either predicate holds; the second is evaluated only if the first does not hold.
public func || (lhs: some SessionPredicate, rhs: some SessionPredicate) -> SessionCondition {
    .any(lhs.condition.terms(ofAll: false) + rhs.condition.terms(ofAll: false))
}

/// Returns a condition that holds if the predicate does not hold.
public prefix func ! (predicate: some SessionPredicate) -> SessionCondition {
    .not(predicate.condition)
}

extension SessionCondition {
    /// Returns the terms of a conjunction, or of a disjunction if `ofAll` is false; otherwise the condition itself.
    ///
    /// This flattens a chain of one operator into one list. A list with fewer than two terms is not flattened.
    fileprivate func terms(ofAll: Bool) -> [SessionCondition] {
        switch self {
        case .all(let terms) where ofAll && terms.count > 1: terms
        case .any(let terms) where !ofAll && terms.count > 1: terms
        case .has, .isTrue, .equal, .comparison, .any, .all, .not, .check: [self]
        }
    }

    /// Combines the conditions of several calls of `requires(_:)`.
    /// - Returns: The conjunction of both conditions, or the second if the first is nil.
    static func joining(_ first: SessionCondition?, _ second: SessionCondition) -> SessionCondition {
        first.map { .all([$0, second]) } ?? second
    }
}
