/// Holds where at least one of some predicates does; they are asked in order, up to the first that does.
///
/// The operator `||` makes it too.
public struct AnyOf: SessionPredicate, Hashable {
    /// What is asked, in order.
    public let predicates: [SessionExpression]

    /// - Parameter predicates: one of them is to hold; with none it never holds.
    public init(_ predicates: any SessionPredicate...) {
        self.init(predicates.map(\.expression))
    }

    /// - Parameter predicates: as above.
    public init(_ predicates: [SessionExpression]) {
        self.predicates = predicates
    }

    /// ``SessionExpression/any(_:)``.
    public var expression: SessionExpression { .any(predicates) }
}
