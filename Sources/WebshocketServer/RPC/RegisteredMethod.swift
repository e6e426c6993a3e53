import EventLoops

/// A method in the server's table, with its guard and its rate limits.
final class RegisteredMethod: Sendable {
    let name: String
    /// The label of its work on a loop, for the watchdog.
    let label: WorkLabel
    let isOffLoop: Bool
    /// Whether the method streams. An error then ends the stream.
    let isStream: Bool
    let requirement: SessionCondition?
    /// The method's own rate limits; nil if those of the handler apply.
    let limits: LimitPlan?
    let invoke: @Sendable (IncomingCall) -> Void

    init(_ method: RPCMethod, limits: LimitPlan?) {
        name = method.name
        label = WorkLabel("RPC method '\(method.name)'")
        isOffLoop = method.isOffLoop
        isStream = method.isStream
        requirement = method.requirement
        self.limits = limits
        invoke = method.invoke
    }
}
