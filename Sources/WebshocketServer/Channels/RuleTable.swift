/// The rules of a handler's channels, prepared at server start.
struct RuleTable: Sendable {
    private let rules: [RegisteredRule]

    static let none = RuleTable()

    private init() {
        rules = []
    }

    /// - Parameter limiter: Collects the rules' rate limits.
    /// - Throws: ``ServerError`` that names the invalid rule.
    init(
        _ declared: ChannelRules, _ settings: HubSettings, limiter: inout RateLimiterBuilder
    ) throws(ServerError) {
        var rules: [RegisteredRule] = []
        let announces = declared.rules.contains(where: \.announces)
        let announcements = announces ? try limiter.plan(for: "limits.roomJoins", settings.roomJoins) : nil
        for rule in declared.rules {
            let selector: ChannelSelector
            do {
                selector = try ChannelSelector(rule.name, syntax: settings.syntax, limits: settings.nameLimits)
            } catch {
                throw .badRule(rule, error.message)
            }
            if let other = rules.first(where: { $0.selector.covers(selector) }) {
                throw .badRule(rule, "the earlier rule '\(other.selector.text)' already covers all its channels")
            }
            rules.append(try RegisteredRule(rule, selector, limiter: &limiter, announcements: announcements))
        }
        self.rules = rules
    }

    var isEmpty: Bool { rules.isEmpty }

    /// The rule for a channel's name.
    func rule(forChannel name: String) -> RegisteredRule? {
        guard !rules.isEmpty else { return nil }
        return rules.first { $0.selector.matches(name) }
    }

    /// The rule for a subscription. For a pattern it is the first rule that covers every name that the pattern matches.
    func rule(for selector: ChannelSelector) -> RegisteredRule? {
        switch selector {
        case .channel(let name): rule(forChannel: name)
        case .pattern: rules.first { $0.selector.covers(selector) }
        }
    }
}

extension ServerError {
    static func badRule(_ rule: ChannelRule, _ fault: String) -> ServerError {
        ServerError(
            code: .invalidConfiguration, message: "channel rule '\(rule.name)': \(fault)".escapingControlCharacters)
    }
}

extension ChannelSelector {
    func matches(_ name: String) -> Bool {
        switch self {
        case .channel(let own): ExactText(own) == ExactText(name)
        case .pattern(let pattern): pattern.matches(name)
        }
    }

    /// Whether this selector matches every name that another one matches.
    fileprivate func covers(_ other: ChannelSelector) -> Bool {
        switch (self, other) {
        case (_, .channel(let name)): matches(name)
        case (.channel, .pattern): false
        case (.pattern(let own), .pattern(let pattern)): own.covers(pattern)
        }
    }
}
