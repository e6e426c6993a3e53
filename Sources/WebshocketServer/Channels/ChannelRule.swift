/// A rule for the channels and rooms that a name or pattern matches. It sets the permissions of peers, and the delivery
/// of messages.
///
///     var channels: ChannelRules {
///         ChannelRule("news.*").requires(Has("userID"))
///         ChannelRule("prices.**").slowConsumers(.keepLatest)
///         ChannelRule("chat.*").requires(Has("userID")).allowsPublishing().announcesMembers()
///     }
///
/// If no rule matches a channel, peers cannot subscribe to it, join it or publish to it. If several rules match, the
/// first applies. A handler's own code can use channels without a rule. See Protocol.md, "Channels".
public struct ChannelRule: Sendable {
    let name: String
    /// Decides whether a connection may receive the messages of a channel.
    public typealias Admission = @Sendable (Connection, Channel) throws -> Bool

    private(set) var requirement: SessionCondition?
    private(set) var admission: Admission?
    /// The condition that a peer must satisfy to publish; nil if peers may not publish.
    private(set) var publishing: SessionCondition?
    private(set) var announces = false
    private(set) var policy: SlowConsumerPolicy?
    private(set) var handlers: [(event: String, body: HandlerBody)] = []
    private(set) var rateLimits: [RateLimit] = []

    /// Creates a rule for a name, or for all names that a pattern matches.
    /// - Parameter name: A channel's name, or a pattern in the server's ``PatternSyntax``. If it is invalid, the server
    ///   does not start.
    public init(_ name: String) {
        self.name = name
    }

    /// Requires that the session attributes of subscribers and members satisfy a predicate. For others, subscribing and
    /// joining fail with ``RPCErrorCode/accessDenied``, also if a handler's code does it for them.
    ///
    /// The predicate is evaluated again for each message and recipient, and a recipient that no longer satisfies it
    /// does not receive the message. This costs one lock per recipient.
    /// - Parameter predicate: A condition on session attributes. If the rule has several, all must hold. If a ``Check``
    ///   throws, access is denied.
    public func requires(_ predicate: some SessionPredicate) -> ChannelRule {
        var rule = self
        rule.requirement = .joining(requirement, predicate.condition)
        return rule
    }

    /// Requires that a closure admits a connection to a channel. Unlike a predicate, the closure receives the channel.
    ///
    ///     ChannelRule("user.*").admits { connection, channel in channel.name == "user.\(connection.userID ?? "")" }
    ///
    /// The closure is called when a connection subscribes to a channel, joins it or publishes to it, and again for each
    /// message and recipient. For a subscription to a pattern it is called for each message only. If the rule has
    /// ``requires(_:)`` too, both must hold.
    ///
    /// Swift's `==` treats canonically equivalent texts as equal. To make `==` safe here, access is denied without a
    /// call if the channel's name or the connection's ``Connection/userID`` is not in Unicode Normalization Form C.
    /// - Parameter admission: Called on the connection's loop or the caller's thread. It should not block, and must not
    ///   publish. If it throws, access is denied.
    public func admits(_ admission: @escaping Admission) -> ChannelRule {
        var rule = self
        if let former = rule.admission {
            rule.admission = { try former($0, $1) && admission($0, $1) }
        } else {
            rule.admission = admission
        }
        return rule
    }

    /// Allows peers to publish. A peer's publications are delivered to all subscribers except the peer. A peer need not
    /// subscribe to publish.
    /// - Parameter predicate: A condition on the publisher's session attributes, in addition to the conditions for
    ///   subscribers.
    public func allowsPublishing(requires predicate: some SessionPredicate = AllOf()) -> ChannelRule {
        var rule = self
        rule.publishing = predicate.condition
        return rule
    }

    /// Makes the rule's channels rooms whose members can see each other. Members are notified when others join and
    /// leave, and may list the members (Protocol.md, "Rooms").
    ///
    /// Members can always see all recipients of the room's messages: peers join these channels and cannot subscribe to
    /// them, and patterns do not match them. ``ServerLimits/roomJoins`` limits how often a peer may join.
    public func announcesMembers() -> ChannelRule {
        var rule = self
        rule.announces = true
        return rule
    }

    /// Sets the policy for messages queued to a slow subscriber, instead of ``ServerConfiguration/slowConsumers``.
    public func slowConsumers(_ policy: SlowConsumerPolicy) -> ChannelRule {
        var rule = self
        rule.policy = policy
        return rule
    }

    /// Limits how often a peer may publish to the rule's channels and join them. Further requests fail with
    /// ``RPCErrorCode/rateLimited``.
    ///
    ///     ChannelRule("chat.*").allowsPublishing().rateLimit(5, per: "10s")
    ///
    /// - Parameters:
    ///   - messages: The number of publications and joins that are allowed per period, 1 to 1,000,000,000.
    ///   - period: A time such as "500ms", "10s", "1m", "2h" or "1d"; 1 ms to 366 days. If it is invalid, the server
    ///     does not start.
    ///   - burst: The number of requests that are allowed at once after a pause, 1 to 1,000,000,000; `messages` if nil.
    ///   - scope: The connections that share one count.
    ///   - onExceeded: Whether to refuse the request, or to close the connection with 1013.
    public func rateLimit(
        _ messages: Int, per period: RatePeriod, burst: Int? = nil, scope: RateLimit.Scope = .connection,
        onExceeded: RateLimit.ExceededAction = .reject
    ) -> ChannelRule {
        rateLimit(RateLimit(messages, per: period, burst: burst, scope: scope, onExceeded: onExceeded))
    }

    /// Limits how often a peer may publish to the rule's channels and join them.
    ///
    /// All channels of the rule share one count. Publications also count against the handler's limits.
    public func rateLimit(_ limits: RateLimit...) -> ChannelRule {
        var rule = self
        rule.rateLimits += limits
        return rule
    }

    func handling(_ event: String, _ body: HandlerBody) -> ChannelRule {
        var rule = self
        rule.handlers.append((event, body))
        return rule
    }
}

/// The rules of a handler's channels, in the order of their declaration.
public struct ChannelRules: Sendable {
    let rules: [ChannelRule]

    init(_ rules: [ChannelRule]) {
        self.rules = rules
    }
}

/// Collects the rules of a handler's channels. Each line of `channels` is one rule.
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
