/// Holds where a closure says so, for what the other predicates cannot say.
///
///     Check("is paying") { connection in connection.plan == "pro" || connection.plan == "team" }
///
/// What a closure does cannot be compared: two checks are equal when one is a copy of the other, whatever their names.
public struct Check: SessionPredicate {
    private final class Body: Sendable {
        let holds: @Sendable (Connection) throws -> Bool

        init(_ holds: @escaping @Sendable (Connection) throws -> Bool) {
            self.holds = holds
        }
    }

    /// What the check is called where a guard is shown.
    public let name: String
    private let body: Body

    /// - Parameters:
    ///   - name: what the check is called where a guard is shown, such as "is paying".
    ///   - holds: asked each time, on any thread, so it should not block. It may read and write the connection's
    ///     attributes; the predicates beside it see them as they were before. What it throws ends the asking.
    public init(_ name: String, _ holds: @escaping @Sendable (Connection) throws -> Bool) {
        self.name = name
        body = Body(holds)
    }

    /// ``SessionExpression/check(_:)``.
    public var expression: SessionExpression { .check(self) }

    func holds(for connection: Connection) throws -> Bool {
        try body.holds(connection)
    }
}

extension Check: Hashable {
    /// Whether one is a copy of the other.
    public static func == (lhs: Check, rhs: Check) -> Bool {
        lhs.body === rhs.body
    }

    /// Hashes which check it is.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(ObjectIdentifier(body))
    }
}
