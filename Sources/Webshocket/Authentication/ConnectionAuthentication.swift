import EventLoops

/// What a connection keeps of who judged it, for the tokens that renew its standing, and for its end where that comes
/// by itself; nothing for a connection that has neither.
///
/// Confined to the connection's loop.
final class ConnectionAuthentication {
    let authentication: Authentication
    /// The limits of who may ask to be let in.
    let limits: LimitPlan?
    /// What has opened the connection.
    let request: HTTPRequest
    var machine: AuthenticationMachine
    /// Opens when the token that renews the admission has been judged; nil while none is judged.
    var judgement: Gate?
    /// The attributes that the last admission has set.
    private var names: [String] = []
    private var expiry: TimerToken?
    private let loop: EventLoop
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let start: ContinuousClock.Instant

    /// For a peer that has yet to send its token, or with an admission for one that was let in at the handshake.
    init(
        _ authentication: Authentication, _ limits: LimitPlan?, _ request: HTTPRequest, on serverLoop: ServerLoop,
        _ admission: Admission? = nil
    ) {
        self.authentication = authentication
        self.limits = limits
        self.request = request
        loop = serverLoop.loop
        clock = serverLoop.context.configuration.clock
        start = clock()
        machine =
            admission.map { AuthenticationMachine(admittedAt: .zero, expiresAfter: $0.expiresAfter) }
            ?? AuthenticationMachine()
    }

    /// The time since the connection began. Read from the clock each time: the loop's own time stands still for a whole
    /// turn, in which many pipelined messages may be handled.
    var now: Duration { clock() - start }

    /// Whether the admission has expired. It reads the clock only if the admission can expire.
    @inline(__always)
    var hasExpired: Bool { machine.expiresAt != nil && machine.hasExpired(at: now) }

    /// How long the admission is still valid; nil if it does not expire.
    var remaining: Duration? { machine.expiresAt.map { $0 - now } }

    /// Does what an admission says that the machine has taken note of.
    func apply(_ admission: Admission, to core: ServerConnection) {
        core.connection?.setAttributes(admission.attributes, inPlaceOf: names)
        names = Array(admission.attributes.keys)
        expiry.take().map { loop.cancel($0) }
        guard let expiresAt = machine.expiresAt else { return }
        expiry = loop.schedule(after: expiresAt - now) { [weak self, weak core] in
            guard let self, let core else { return }
            expiry = nil
            core.perform(machine.timeCame(at: now))
        }
    }

    /// A token that was to renew the admission has been judged, or is not judged any more.
    func judgementEnded() {
        machine.renewalFailed()
        judgement = nil
    }

    func end() {
        machine.connectionClosed()
        expiry.take().map { loop.cancel($0) }
    }
}

extension ServerConnection {
    /// Does what an admission says, before the handler hears of the connection.
    func apply(_ admission: Admission) {
        guard let authentication else { return connection?.setAttributes(admission.attributes, inPlaceOf: []) ?? () }
        authentication.apply(admission, to: self)
    }

    /// Closes the connection if its admission has expired, whether or not the timer has fired yet. Costs one comparison
    /// with nil for a connection without an authentication.
    /// - Returns: whether the connection is closing for that reason.
    @inline(__always)
    func closesIfExpired() -> Bool {
        guard let authentication, authentication.hasExpired else { return false }
        perform(authentication.machine.timeCame(at: authentication.now))
        return true
    }

    /// Ends the connection where an action says so.
    func perform(_ action: AuthenticationMachine.Action) {
        switch action {
        case .close(let code, let reason): close(code, reason: reason)
        case .nothing, .judge, .admit: break
        }
    }
}

extension Connection {
    /// Sets attributes all at once, and removes those that an earlier admission has set and this one does not.
    func setAttributes(_ attributes: [String: Value], inPlaceOf former: [String]) {
        guard !attributes.isEmpty || !former.isEmpty else { return }
        let storage = session.load() ?? session.storeIfNil(SessionAttributes())
        storage.replace(former, with: attributes)
        hub.userMayHaveChanged(of: self)
    }
}
