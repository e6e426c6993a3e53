/// A channel rule, made ready at start.
struct RegisteredRule: Sendable {
    let selector: ChannelSelector
    let requirement: SessionCondition?
    private let admission: ChannelRule.Admission?
    /// What is asked of a peer that publishes; nil where none may.
    let publishing: SessionCondition?
    /// Whether its channels are rooms whose members know of each other: patterns do not reach them.
    let announcesMembers: Bool
    let slowConsumers: SlowConsumerPolicy?
    /// How often a peer may publish.
    let limits: LimitPlan?
    /// How often a peer may join: ``limits``, and of a rule that announces members ``announcementLimits`` too.
    let joinLimits: LimitPlan?
    /// The limits of requests whose cost grows with the size of a room; nil for a rule that announces no members.
    let announcementLimits: LimitPlan?
    private let events: NameTable<HandlerBody>

    /// - Parameter announcements: the limits of ``Limits/roomJoins``.
    init(
        _ rule: ChannelRule, _ selector: ChannelSelector, limiter: inout RateLimiterBuilder,
        announcements: LimitPlan?
    ) throws(StartupError) {
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

    /// What is asked of whoever is to get what is published to one of its channels.
    func requirement(of channel: Channel) -> SessionCondition? {
        guard let admission else { return requirement }
        guard channel.isUnmistakable else { return .any([]) }
        let check = Check(channel.name) { connection in
            try connection.hasUnmistakableUserID && admission(connection, channel)
        }
        return .joining(requirement ?? .all([]), check.condition)
    }

    /// What hears an event that a peer publishes, in place of its being passed on.
    func handler(of event: String) -> HandlerBody? {
        var event = event
        return event.withUTF8 { events.element(named: UnsafeRawBufferPointer($0)) }
    }
}
