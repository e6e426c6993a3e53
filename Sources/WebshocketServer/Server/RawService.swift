import EventLoops

/// The handlers and settings of a path for raw messages, compiled at start.
final class RawService: Sendable {
    enum Listener: Sendable {
        case everything(WebSocketRoute.MessageBody)
        case kinds(MessageTable)
    }

    /// Names the path's work on a loop, for the watchdog.
    let label: WorkLabel
    let listener: Listener
    let authentication: Authentication?
    /// The predicate that a client must satisfy to stay connected and to send messages; nil if nothing is required.
    let requirement: SessionCondition?
    /// The rate limits of messages.
    let limits: LimitPlan?
    /// The rate limits of authentication attempts.
    let admissions: LimitPlan?
    let onConnect: WebSocketRoute.ConnectBody?
    let onDisconnect: WebSocketRoute.DisconnectBody?
    /// The supported subprotocols, in order of preference.
    let subprotocols: [String]

    /// - Parameter limiter: Registers the rate limits of the path and of its authentication.
    /// - Throws: ``ServerError`` if a subprotocol is invalid, or two handlers are for the same kind of message. Also
    ///   if the path has an event handler or takes a token from a packet.
    init(
        _ declared: WebSocketRoute.RawMessages, path: String, limiter: inout RateLimiterBuilder
    ) throws(ServerError) {
        for (index, name) in declared.subprotocols.enumerated() {
            guard name.isToken, !declared.subprotocols[..<index].contains(name) else {
                throw .invalidRoute("path '\(path)': subprotocol '\(name)' is not a token or is listed twice")
            }
        }
        label = WorkLabel("the handler at '\(path)'")
        subprotocols = declared.subprotocols
        authentication = declared.access.authentication
        try authentication?.check(path: path)
        requirement = declared.access.effectiveRequirement
        limiter.beginHandler()
        admissions = try authentication?.plan(for: path, &limiter)
        limits = try limiter.plan(for: path, declared.access.limits)
        if authentication?.token != nil {
            throw .invalidRoute("path '\(path)' is for raw messages; it cannot take a token from a packet")
        }
        switch declared.listener {
        case .everything(let body): listener = .everything(body)
        case .kinds(let messages):
            for handler in messages.handlers {
                guard case .event(let name, _) = handler.kind else { continue }
                throw .invalidRoute("path '\(path)' is for raw messages; it cannot handle event '\(name)'")
            }
            listener = .kinds(try MessageTable(messages))
        }
        onConnect = declared.onConnect
        onDisconnect = declared.onDisconnect
    }
}
