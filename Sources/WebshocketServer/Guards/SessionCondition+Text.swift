extension SessionCondition {
    /// The condition as Swift code, without escaping of control characters.
    var text: String {
        switch self {
        case .has(let name): "Has(\(name.debugDescription))"
        case .isTrue(let name): "Is(\(name.debugDescription))"
        case .equal(let name, let value): "IsEqual(\(name.debugDescription), \(value.literal))"
        case .comparison(let name, let comparison, let value):
            "\(comparison.typeName)(\(name.debugDescription), \(value.literal))"
        case .any(let terms): Self.text(of: terms, joinedBy: " || ", "AnyOf") { $0.isConjunction }
        case .all(let terms): Self.text(of: terms, joinedBy: " && ", "AllOf") { _ in false }
        case .not(let negated): negated.isOneTerm && !negated.isNegation ? "!\(negated.text)" : "!(\(negated.text))"
        case .check(let check): "Check(\(check.name.debugDescription))"
        }
    }

    /// - Parameter bindsTighter: Whether a condition of several terms does not need parentheses.
    private static func text(
        of terms: [SessionCondition], joinedBy separator: String, _ name: String,
        bindsTighter: (SessionCondition) -> Bool
    ) -> String {
        guard terms.count > 1 else { return "\(name)(\(terms.first?.text ?? ""))" }
        return terms.map { $0.isOneTerm || bindsTighter($0) ? $0.text : "(\($0.text))" }.joined(separator: separator)
    }

    private var isOneTerm: Bool {
        switch self {
        case .any(let terms), .all(let terms): terms.count < 2
        case .has, .isTrue, .equal, .comparison, .not, .check: true
        }
    }

    private var isConjunction: Bool {
        if case .all = self { true } else { false }
    }

    private var isNegation: Bool {
        if case .not = self { true } else { false }
    }
}

extension SessionCondition.Comparison {
    fileprivate var typeName: String {
        switch self {
        case .less: "IsLess"
        case .atMost: "IsAtMost"
        case .atLeast: "IsAtLeast"
        case .greater: "IsGreater"
        }
    }
}

extension WireValue {
    /// The value as a Swift literal if it is null or a string, otherwise its description.
    fileprivate var literal: String {
        switch self {
        case .null: "nil"
        case .string(let text): text.debugDescription
        case .bool, .int, .uint, .double, .bytes, .timestamp, .ext, .array, .map: description
        }
    }
}
