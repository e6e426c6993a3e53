/// Holds where all of some predicates do; they are asked in order, up to the first that does not.
///
/// The operator `&&` makes it too.
public struct AllOf: SessionPredicate, Hashable {
    /// What is asked, in order.
    public let predicates: [SessionExpression]

    /// - Parameter predicates: all of them are to hold; with none it always holds.
    public init(_ predicates: any SessionPredicate...) {
        self.init(predicates.map(\.expression))
    }

    /// - Parameter predicates: as above.
    public init(_ predicates: [SessionExpression]) {
        self.predicates = predicates
    }

    /// ``SessionExpression/all(_:)``.
    public var expression: SessionExpression { .all(predicates) }
}
