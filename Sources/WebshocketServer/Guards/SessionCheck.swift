/// The named closure of a ``Check``.
///
/// Closures cannot be compared, so a check is equal only to itself, regardless of its name.
public final class SessionCheck: Sendable {
    /// The name of the check in descriptions of a guard.
    public let name: String
    private let body: @Sendable (Connection) throws -> Bool

    init(_ name: String, _ body: @escaping @Sendable (Connection) throws -> Bool) {
        self.name = name
        self.body = body
    }

    func holds(for connection: Connection) throws -> Bool {
        try body(connection)
    }
}

extension SessionCheck: Hashable {
    /// Whether both are the same instance.
    public static func == (lhs: SessionCheck, rhs: SessionCheck) -> Bool {
        lhs === rhs
    }

    /// Hashes the identity of the check.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(ObjectIdentifier(self))
    }
}
