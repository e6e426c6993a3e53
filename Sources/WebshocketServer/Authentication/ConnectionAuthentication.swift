import EventLoops

/// The authentication of a connection that accepts further tokens or has an admission that expires.
///
/// Confined to the connection's loop.
final class ConnectionAuthentication {
    let authentication: Authentication
    /// The rate limits on authentication.
    let limits: LimitPlan?
    /// The request that opened the connection.
    let request: HTTPRequest
    var machine: AuthenticationMachine
    /// Opens when the check of a token that renews the admission has ended; nil if no token is being checked.
    var validation: Gate?
    /// The names of the attributes that the last admission set.
    private var names: [String] = []
    private var expiry: TimerToken?
    private let loop: EventLoop
    private let start: ContinuousClock.Instant

    /// Creates the authentication of a connection.
    /// - Parameter admission: The admission at the handshake; nil if the peer must send a token first.
    init(
        _ authentication: Authentication, _ limits: LimitPlan?, _ request: HTTPRequest, on serverLoop: ServerLoop,
        _ admission: Admission? = nil
    ) {
        self.authentication = authentication
        self.limits = limits
        self.request = request
        loop = serverLoop.loop
        start = loop.clock.now
        machine =
            admission.map { AuthenticationMachine(admittedAt: .zero, expiresAfter: $0.expiresAfter) }
            ?? AuthenticationMachine()
    }

    /// The time since the connection began. It is read from the clock each time, because the loop's own time is
    /// constant during a turn, which may handle many pipelined messages.
    var now: Duration { loop.clock.now - start }

    /// Whether the admission has expired. The clock is read only if the admission can expire.
    @inline(__always)
    var hasExpired: Bool { machine.expiresAt != nil && machine.hasExpired(at: now) }

    /// The time until the admission expires; nil if it does not expire.
    var remaining: Duration? { machine.expiresAt.map { $0 - now } }

    /// Sets the attributes of an admission, and a timer for its expiry. The machine must have accepted the admission.
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

    /// Handles the end of the check of a token that renews the admission.
    func validationEnded() {
        machine.renewalFailed()
        validation = nil
    }

    func end() {
        machine.connectionClosed()
        expiry.take().map { loop.cancel($0) }
    }
}

extension ServerConnection {
    /// Applies the admission of a peer, before the handler's `onConnect` is called.
    func apply(_ admission: Admission) {
        guard let authentication else { return connection?.setAttributes(admission.attributes, inPlaceOf: []) ?? () }
        authentication.apply(admission, to: self)
    }

    /// Closes the connection if its admission has expired, whether or not the timer has fired yet. If the connection
    /// does not have an authentication, this costs one comparison with nil.
    /// - Returns: Whether the connection is closing for that reason.
    @inline(__always)
    func closesIfExpired() -> Bool {
        guard let authentication, authentication.hasExpired else { return false }
        perform(authentication.machine.timeCame(at: authentication.now))
        return true
    }

    /// Closes the connection if the action requires it.
    func perform(_ action: AuthenticationMachine.Action) {
        switch action {
        case .close(let code, let reason): close(code, reason: reason)
        case .nothing, .validate, .admit: break
        }
    }
}

extension Connection {
    /// Sets attributes all at once, and removes attributes of the last admission that are not set again.
    func setAttributes(_ attributes: [String: WireValue], inPlaceOf former: [String]) {
        guard !attributes.isEmpty || !former.isEmpty else { return }
        let storage = session.load() ?? session.storeIfNil(SessionAttributes())
        storage.replace(former, with: attributes)
        hub.userMayHaveChanged(of: self)
    }
}
