import EventLoops
import Synchronization

/// A handler and its declarations, compiled at start. A class, because it is passed along for every message.
package final class PacketService: Sendable {
    let handler: any WebSocketHandler
    /// Names the handler's work on a loop, except calls and events, for the watchdog.
    let label: WorkLabel
    let methods: MethodTable
    /// The handlers for messages that are not calls; nil if none are declared.
    let messages: MessageTable?
    /// The predicate that every call and packet must satisfy; nil if the handler requires none.
    package let requirement: SessionCondition?
    /// The rate limits of methods and messages that declare none of their own.
    let limits: LimitPlan?
    /// The authentication of the path; nil if everyone may connect.
    let authentication: Authentication?
    /// The rate limits of authentication attempts.
    let admissions: LimitPlan?
    /// The rules of the path's channels.
    let rules: RuleTable
    private let hasNoReceiver = Atomic(false)

    /// - Throws: ``ServerError`` that names the invalid method or event.
    package init(
        _ handler: any WebSocketHandler, path: String, limiter: inout RateLimiterBuilder,
        channels settings: HubSettings = HubSettings()
    ) throws(ServerError) {
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

    /// Whether the handler may implement `onReceive`; packets are copied only if so. This is detected with the first
    /// packet.
    var mayReceive: Bool { !hasNoReceiver.load(ordering: .relaxed) }

    /// Records that the handler has the default `onReceive`.
    func note(_ absence: NoReceiver) {
        if absence.isOf(handler) { hasNoReceiver.store(true, ordering: .relaxed) }
    }
}
