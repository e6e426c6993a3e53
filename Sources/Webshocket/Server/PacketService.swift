import EventLoops
import Synchronization

/// A handler with what it declares, made ready at start. A class, because every message passes it on.
package final class PacketService: Sendable {
    let handler: any WebSocketHandler
    /// Names the handler's work on a loop other than calls and events, for the watchdog.
    let label: WorkLabel
    let methods: MethodTable
    /// Who hears what of what is no call; nil where the handler declares none, so that nobody is looked for.
    let messages: MessageTable?
    /// What every call and packet has to satisfy; nil where the handler asks for nothing, so that nothing is asked.
    package let requirement: SessionCondition?
    /// The limits of what has none of its own.
    let limits: LimitPlan?
    /// Who lets peers in; nil where everyone is.
    let authentication: Authentication?
    /// The limits of who may ask to be let in.
    let admissions: LimitPlan?
    /// The rules of its channels.
    let rules: RuleTable
    private let hasNoReceiver = Atomic(false)

    /// - Throws: ``StartupError`` that names the method or the event at fault.
    package init(
        _ handler: any WebSocketHandler, path: String, limiter: inout RateLimiterBuilder,
        channels settings: HubSettings = HubSettings()
    ) throws(StartupError) {
        self.handler = handler
        label = WorkLabel("the handler at '\(path)'")
        let access = handler.access
        try HandlerDeclarations(handler, access).check(path: path)
        requirement = access.effectiveRequirement
        authentication = access.authentication
        try authentication?.check(path: path)
        limiter.beginHandler()
        admissions = try authentication?.plan(for: path, &limiter)
        limits = try limiter.plan(for: path, access.limits)
        rules = try RuleTable(handler.channels, settings, limiter: &limiter)
        methods = try MethodTable(
            handler.methods, framework: rules.isEmpty ? RPCMethods([]) : ChannelMethods.all, limiter: &limiter)
        let messages = handler.messages
        self.messages = messages.handlers.isEmpty ? nil : try MessageTable(messages)
    }

    /// Whether the handler may have an `onReceive` of its own; packets are copied only if so. The first packet finds out.
    var mayReceive: Bool { !hasNoReceiver.load(ordering: .relaxed) }

    /// Learns that the handler has the default `onReceive`.
    func note(_ absence: NoReceiver) {
        if absence.isOf(handler) { hasNoReceiver.store(true, ordering: .relaxed) }
    }
}
