/// A channel rule, prepared at server start.
struct RegisteredRule: Sendable {
    let selector: ChannelSelector
    let requirement: SessionCondition?
    private let admission: ChannelRule.Admission?
    /// The condition that a peer must satisfy to publish; nil if peers may not publish.
    let publishing: SessionCondition?
    /// Whether the channels are rooms that announce their members. Patterns do not match such channels.
    let announcesMembers: Bool
    let slowConsumers: SlowConsumerPolicy?
    /// How often a peer may publish.
    let limits: LimitPlan?
    /// How often a peer may join: ``limits``, plus ``announcementLimits`` if the rule announces members.
    let joinLimits: LimitPlan?
    /// The limits of requests that cost more in larger rooms; nil if the rule does not announce members.
    let announcementLimits: LimitPlan?
    private let events: NameTable<HandlerBody>

    /// - Parameter announcements: The limits of ``ServerLimits/roomJoins``.
    init(
        _ rule: ChannelRule, _ selector: ChannelSelector, limiter: inout RateLimiterBuilder,
        announcements: LimitPlan?
    ) throws(ServerError) {
        self.selector = selector
        requirement = rule.requirement
        admission = rule.admission
        do {
            try rule.policy?.check()
        } catch {
            throw .badRule(rule, error.message)
        }
        publishing = rule.publishing
        announcesMembers = rule.announces
        slowConsumers = rule.policy
        limits = try limiter.plan(for: rule.name, rule.rateLimits)
        announcementLimits = rule.announces ? announcements : nil
        joinLimits = LimitPlan.joining([limits, announcementLimits].compactMap(\.self))
        var events = NameTable<HandlerBody>(count: rule.handlers.count)
        for (event, body) in rule.handlers {
            if let fault = NameTable<Void>.fault(of: event) { throw .badRule(rule, "event '\(event)': \(fault)") }
            guard !events.contains(event) else { throw .badRule(rule, "event '\(event)' has two handlers") }
            events.add(body, named: event)
        }
        self.events = events
    }

    /// The condition that recipients of a message to one of the rule's channels must satisfy.
    func requirement(of channel: Channel) -> SessionCondition? {
        guard let admission else { return requirement }
        guard channel.isUnmistakable else { return .any([]) }
        let check = Check(channel.name) { connection in
            try connection.hasUnmistakableUserID && admission(connection, channel)
        }
        return .joining(requirement ?? .all([]), check.condition)
    }

    /// The handler for an event that a peer publishes; nil if the event is delivered to the subscribers.
    func handler(of event: String) -> HandlerBody? {
        var event = event
        return event.withUTF8 { events.element(named: UnsafeRawBufferPointer($0)) }
    }
}
