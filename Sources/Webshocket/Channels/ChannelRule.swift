/// What peers may do with the channels, and rooms, of some name or pattern, and how they behave.
///
///     var channels: ChannelRules {
///         ChannelRule("news.*").requires(Has("userID"))
///         ChannelRule("prices.**").slowConsumers(.keepLatest)
///         ChannelRule("chat.*").requires(Has("userID")).allowsPublishing().announcesMembers()
///     }
///
/// Peers can subscribe to, join, and publish to no channel that no rule names; a handler's own code can, whatever the
/// rules allow to peers. Of several rules for a name the first counts. See Protocol.md, "Channels".
public struct ChannelRule: Sendable {
    let name: String
    /// Whether a connection is to get what is published to a channel.
    public typealias Admission = @Sendable (Connection, Channel) throws -> Bool

    private(set) var requirement: SessionCondition?
    private(set) var admission: Admission?
    /// What is asked of a peer that publishes; nil where none may.
    private(set) var publishing: SessionCondition?
    private(set) var announces = false
    private(set) var policy: SlowConsumerPolicy?
    private(set) var handlers: [(event: String, body: HandlerBody)] = []
    private(set) var rateLimits: [RateLimit] = []

    /// A rule for a name, or for all names that a pattern matches.
    /// - Parameter name: a channel's name, or a pattern in the server's ``PatternSyntax``. A bad one keeps the server
    ///   from starting.
    public init(_ name: String) {
        self.name = name
    }

    /// Lets only those subscribe and join whose session attributes satisfy a predicate; others get
    /// ``RPCErrorCode/accessDenied``, when a handler's code subscribes them too.
    ///
    /// It stays true: it is asked again for each message, and who does not satisfy it any more does not get that. This
    /// costs a lock for each recipient.
    /// - Parameter predicate: if there are several, all must hold. If a ``Check`` throws, access is denied.
    public func requires(_ predicate: some SessionPredicate) -> ChannelRule {
        var rule = self
        rule.requirement = .joining(requirement, predicate.condition)
        return rule
    }

    /// Lets only those subscribe and join of whom a closure says so, which sees the channel too.
    ///
    ///     ChannelRule("user.*").admits { connection, channel in channel.name == "user.\(connection.userID ?? "")" }
    ///
    /// It is asked when a connection subscribes to a channel, joins it or publishes to it, and again for each message
    /// and recipient; of a pattern's subscribers for each message alone. It comes beside ``requires(_:)``.
    ///
    /// Swift's `==` takes canonically equivalent texts for equal. So that the closure may use it, access is denied
    /// without asking the closure if the channel's name or the connection's ``Connection/userID`` is not in Unicode
    /// Normalization Form C.
    /// - Parameter admission: called on the connection's loop or the caller's thread; it should not block, and must not
    ///   publish. Where it throws, the connection is not let in.
    public func admits(_ admission: @escaping Admission) -> ChannelRule {
        var rule = self
        if let former = rule.admission {
            rule.admission = { try former($0, $1) && admission($0, $1) }
        } else {
            rule.admission = admission
        }
        return rule
    }

    /// Lets peers publish: what they do goes to all subscribers but themselves. They need not be subscribed.
    /// - Parameter predicate: what is asked of the publisher, beside what is asked of subscribers.
    public func allowsPublishing(requires predicate: some SessionPredicate = AllOf()) -> ChannelRule {
        var rule = self
        rule.publishing = predicate.condition
        return rule
    }

    /// Makes the rule's channels rooms whose members know of each other: they are told who joins and who leaves, and
    /// may ask who is there (Protocol.md, "Rooms").
    ///
    /// Members can always see who is subscribed: peers join these channels and cannot subscribe to them, and patterns do
    /// not match them. ``Limits/roomJoins`` limits how often a peer may join them.
    public func announcesMembers() -> ChannelRule {
        var rule = self
        rule.announces = true
        return rule
    }

    /// Declares what becomes of messages for a subscriber that does not read them fast enough, in place of
    /// ``ServerConfiguration/slowConsumers``.
    public func slowConsumers(_ policy: SlowConsumerPolicy) -> ChannelRule {
        var rule = self
        rule.policy = policy
        return rule
    }

    /// Limits how often a peer may publish to the rule's channels, and join them; past it the peer gets
    /// ``RPCErrorCode/rateLimited``.
    ///
    ///     ChannelRule("chat.*").allowsPublishing().rateLimit(5, per: "10s")
    ///
    /// - Parameters: as for
    ///   ``RPCMethod/rateLimit(_:per:burst:cost:scope:onExceeded:isDryRun:)-(_,RatePeriod,_,_,_,_,_)``.
    public func rateLimit(
        _ messages: Int, per period: RatePeriod, burst: Int? = nil, scope: RateLimit.Scope = .connection,
        onExceeded: RateLimit.Excess = .reject
    ) -> ChannelRule {
        rateLimit(RateLimit(messages, per: period, burst: burst, scope: scope, onExceeded: onExceeded))
    }

    /// Limits how often a peer may publish to the rule's channels.
    ///
    /// All channels of the rule count together. It comes beside the handler's limits, which what peers publish counts
    /// against too.
    public func rateLimit(_ limits: RateLimit...) -> ChannelRule {
        var rule = self
        rule.rateLimits += limits
        return rule
    }

    func hearing(_ event: String, _ body: HandlerBody) -> ChannelRule {
        var rule = self
        rule.handlers.append((event, body))
        return rule
    }
}

/// The rules of a handler's channels, in the order that they were declared in.
public struct ChannelRules: Sendable {
    let rules: [ChannelRule]

    init(_ rules: [ChannelRule]) {
        self.rules = rules
    }
}

/// Collects the rules of a handler's channels: each line of `channels` is one.
@resultBuilder
public enum ChannelRulesBuilder {
    /// Joins the rules of a block.
    public static func buildBlock(_ rules: ChannelRules...) -> ChannelRules { buildArray(rules) }
    /// Takes one rule.
    public static func buildExpression(_ rule: ChannelRule) -> ChannelRules { ChannelRules([rule]) }
    /// Takes rules that were collected elsewhere.
    public static func buildExpression(_ rules: ChannelRules) -> ChannelRules { rules }
    /// Takes the rules of an `if` without an `else`.
    public static func buildOptional(_ rules: ChannelRules?) -> ChannelRules { rules ?? ChannelRules([]) }
    /// Takes the rules of an `if`.
    public static func buildEither(first rules: ChannelRules) -> ChannelRules { rules }
    /// Takes the rules of an `else`.
    public static func buildEither(second rules: ChannelRules) -> ChannelRules { rules }
    /// Takes the rules of a loop.
    public static func buildArray(_ rules: [ChannelRules]) -> ChannelRules { ChannelRules(rules.flatMap(\.rules)) }
}
