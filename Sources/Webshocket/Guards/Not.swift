/// Holds where a predicate does not: also where it is about an attribute that is not set.
///
/// The operator `!` makes it too.
public struct Not: SessionPredicate, Hashable {
    /// What is not to hold.
    public let predicate: SessionExpression

    /// - Parameter predicate: what is not to hold.
    public init(_ predicate: some SessionPredicate) {
        self.predicate = predicate.expression
    }

    /// ``SessionExpression/not(_:)``.
    public var expression: SessionExpression { .not(predicate) }
}
