/// What a ``Check(_:_:)`` asks: a closure with a name.
///
/// What a closure does cannot be compared: a check is equal to itself alone, whatever its name.
public final class SessionCheck: Sendable {
    /// What the check is called where a guard is shown.
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
    /// Whether both are the same check.
    public static func == (lhs: SessionCheck, rhs: SessionCheck) -> Bool {
        lhs === rhs
    }

    /// Hashes which check it is.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(ObjectIdentifier(self))
    }
}
