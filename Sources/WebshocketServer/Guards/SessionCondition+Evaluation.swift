extension SessionCondition {
    /// Evaluates the condition for a connection.
    ///
    /// The condition is evaluated on a snapshot of the attributes. A ``SessionCheck`` reads, and may write, the current
    /// attributes, because no lock is held during the evaluation.
    ///
    /// Acquires one lock, or performs one atomic load if the connection has no attributes. Does not allocate.
    /// - Throws: The error of a ``SessionCheck``.
    package func holds(for connection: Connection) throws -> Bool {
        try holds(with: connection.attributeSnapshot) { check in try check.holds(for: connection) }
    }

    /// Evaluates the condition for a set of attributes.
    /// - Parameter asking: Evaluates a ``SessionCheck``.
    package func holds(
        with attributes: NamedValues, asking: (SessionCheck) throws -> Bool
    ) rethrows -> Bool {
        switch self {
        case .has(let name):
            return attributes[name] != nil
        case .isTrue(let name):
            if case .bool(true)? = attributes[name] { return true }
            return false
        case .equal(let name, let value):
            return attributes[name]?.isWorth(value) ?? false
        case .comparison(let name, let comparison, let value):
            guard let order = attributes[name]?.order(to: value) else { return false }
            return comparison.admits(order)
        case .any(let predicates):
            for predicate in predicates where try predicate.holds(with: attributes, asking: asking) { return true }
            return false
        case .all(let predicates):
            for predicate in predicates where try !predicate.holds(with: attributes, asking: asking) { return false }
            return true
        case .not(let predicate):
            return try !predicate.holds(with: attributes, asking: asking)
        case .check(let check):
            return try asking(check)
        }
    }
}

extension SessionCondition.Comparison {
    fileprivate func admits(_ order: WireValue.Order) -> Bool {
        switch self {
        case .less: order == .less
        case .atMost: order != .greater
        case .atLeast: order != .less
        case .greater: order == .greater
        }
    }
}
