/// Holds if an attribute is set, regardless of its value.
public struct Has: SessionPredicate, Hashable {
    /// The attribute's name.
    public let name: String

    /// Tests for an attribute by its name.
    public init(_ name: String) {
        self.name = name
    }

    /// Tests for the attribute of a key. The predicate also holds if the attribute has another type than the key.
    public init<Content>(_ key: SessionKey<Content>) {
        self.init(key.name)
    }

    /// A ``SessionCondition/has(_:)``.
    public var condition: SessionCondition { .has(name) }
}

/// Holds if an attribute is the Boolean `true`; it does not hold for 1, "true" or any other value.
public struct Is: SessionPredicate, Hashable {
    /// The attribute's name.
    public let name: String

    /// Tests an attribute by its name.
    public init(_ name: String) {
        self.name = name
    }

    /// Tests the attribute of a key.
    public init(_ key: SessionKey<Bool>) {
        self.init(key.name)
    }

    /// A ``SessionCondition/isTrue(_:)``.
    public var condition: SessionCondition { .isTrue(name) }
}

/// Holds if a closure returns true, for conditions that the other predicates cannot express.
///
///     Check("is paying") { connection in connection.plan == "pro" || connection.plan == "team" }
public struct Check: SessionPredicate, Hashable {
    /// The named closure.
    public let check: SessionCheck

    /// Creates a predicate from a closure.
    /// - Parameters:
    ///   - name: The name of the check in descriptions of a guard, such as "is paying".
    ///   - holds: Called for each evaluation, on any thread, so it should not block. It may read and write the
    ///     connection's attributes; the other predicates of the condition do not see its changes. It must not publish,
    ///     because a predicate that selects the recipients of a message could then recurse endlessly. If it throws, the
    ///     evaluation ends with that error.
    public init(_ name: String, _ holds: @escaping @Sendable (Connection) throws -> Bool) {
        check = SessionCheck(name, holds)
    }

    /// A ``SessionCondition/check(_:)``.
    public var condition: SessionCondition { .check(check) }
}
