import EventLoops

/// A method as the server holds it: what it is called, and what has to hold before it runs.
final class RegisteredMethod: Sendable {
    let name: String
    /// Names its work on a loop, for the watchdog.
    let label: WorkLabel
    let isOffLoop: Bool
    /// Whether its answer is a stream, so that its errors end one.
    let isStream: Bool
    let requirement: SessionCondition?
    /// Its own; the handler's hold where it has none.
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
