import EventLoops

/// The delegate of a connection's link until the peer has sent its token.
///
/// Until then the handler does not know the connection, and nothing is delivered to it. The first message must be the
/// token, and decides whether the connection opens. The gate is also used to close a connection with an admission that
/// had already expired at the handshake.
///
/// Confined to the connection's loop. It is released when the connection replaces it as the link's delegate, or when
/// the link closes.
final class TokenGate {
    /// The largest first message, in bytes. A larger message closes the connection with 1009.
    static let longestMessage = 8_192

    private let core: ServerConnection
    private let authentication: ConnectionAuthentication
    /// The closure for tokens; nil if no token is expected.
    private var validate: Authentication.TokenBody?
    private var deadline: TimerToken?

    init(before core: ServerConnection, _ authentication: ConnectionAuthentication) {
        self.core = core
        self.authentication = authentication
    }

    private var loop: EventLoop { core.serverLoop.loop }

    /// Closes the connection, because its admission has expired. The handler is not called.
    func closeExpired() {
        core.link.delegate = self
        core.perform(authentication.machine.timeCame(at: authentication.now))
    }

    /// Starts to wait for a token.
    func start(_ validate: @escaping Authentication.TokenBody) {
        self.validate = validate
        core.link.delegate = self
        core.link.limit(messages: min(Self.longestMessage, core.limits.messageSize))
        let time = core.serverLoop.context.configuration.timeouts.authentication
        deadline = loop.schedule(after: time) { [weak self] in
            guard let self else { return }
            deadline = nil
            core.perform(authentication.machine.deadlinePassed())
        }
    }

    private func endDeadline() {
        deadline.take().map { loop.cancel($0) }
    }
}

// MARK: - The first message

extension TokenGate: LinkDelegate {
    func link(_ link: WebSocketLink, didReceive kind: MessageKind, _ bytes: UnsafeRawBufferPointer) {
        let call = call(kind, bytes)
        switch authentication.machine.messageArrived(isToken: call != nil) {
        case .validate: if let call { begin(call) }
        case let action: core.perform(action)
        }
    }

    /// A call of `__authenticate__`. Its token is nil if the arguments are invalid.
    private struct Call {
        let id: [UInt8]
        let isNotification: Bool
        let token: String?
    }

    /// Parses a message.
    /// - Returns: Nil if the message is not a call of `__authenticate__`.
    private func call(_ kind: MessageKind, _ bytes: UnsafeRawBufferPointer) -> Call? {
        guard kind == .binary || core.codec == .json else { return nil }
        return try? core.serverLoop.parser.read(bytes, as: core.codec) { root -> Call? in
            guard case .request(let request) = try IncomingPacket(root).body, request.isAuthentication,
                !core.hasLongCallID(request)
            else { return nil }
            let id = request.callID.map { [UInt8]($0) } ?? Array(core.makeCallID().utf8)
            return Call(id: id, isNotification: request.isNotification, token: request.token)
        }
    }

    private func begin(_ call: Call) {
        core.link.pause(.token)
        guard let validate, let token = call.token else { return turnAway(call, .refused, RPCError.noToken) }
        let here = LoopBound((gate: self, call: call), loop: loop)
        let request = authentication.request
        core.tasks.start(on: loop, as: .authentication) { _ in
            let outcome = await Result { try await validate(token, request) }
            here.value.gate.validated(here.value.call, outcome)
        }
    }

    private func validated(_ call: Call, _ outcome: Result<Authentication.Decision, any Error>) {
        guard authentication.machine.phase == .validating else { return }
        switch outcome {
        case .success(.refuse(let refusal)): turnAway(call, .refused, RPCError(refusal))
        case .success(.awaitToken): turnAway(call, .failed, MisplacedDecision.awaitsAnother)
        case .success(let decision): admit(call, decision)
        case .failure(let error): turnAway(call, .failed, ValidationFailure(error))
        }
    }

    private func turnAway(_ call: Call, _ verdict: AuthenticationMachine.Verdict, _ error: any Error) {
        fail(call, core.answer(for: error))
        core.perform(authentication.machine.validated(verdict, at: authentication.now))
    }

    private func fail(_ call: Call, _ error: RPCError) {
        if !call.isNotification { call.id.withUnsafeBytes { core.fail($0, error) } }
    }

    private func admit(_ call: Call, _ decision: Authentication.Decision) {
        let admission: Admission
        do throws(AdmissionFault) {
            guard let made = try Admission(decision) else { return }
            admission = made
        } catch {
            core.log(.warning, .admission, burst: 5, error.description)
            return turnAway(call, .refused, RPCError(.forbidden))
        }
        let verdict = AuthenticationMachine.Verdict.admitted(expiresAfter: admission.expiresAfter)
        let action = authentication.machine.validated(verdict, at: authentication.now)
        guard action == .admit else {
            fail(call, RPCError(.expired))
            return core.perform(action)
        }
        endDeadline()
        core.authentication = authentication
        core.link.limit(messages: core.limits.messageSize)
        core.link.delegate = core
        if !call.isNotification { call.id.withUnsafeBytes { core.reply(to: $0, true, using: .resolve()) } }
        core.welcome(admission)
        // What is read now waits until `onConnect` has returned.
        core.link.resume(.token)
    }
}

// MARK: - The end

extension TokenGate {
    func linkDidDrain(_ link: WebSocketLink) {}

    func linkWillClose(_ link: WebSocketLink) {
        core.connection?.change(to: .closing)
        authentication.end()
        endDeadline()
        core.tasks.cancelAll()
    }

    func linkDidClose(_ link: WebSocketLink, _ closure: ConnectionClosure) {
        authentication.end()
        endDeadline()
        core.tasks.cancelAll()
        core.serverLoop.remove(core)
        guard let connection = core.connection.take() else { return }
        connection.change(to: .closed)
        connection.endSession()
        let counter = core.serverLoop.context.counter
        // The peer counts as connected until the closure has returned, so it cannot start more and more of them.
        core.tasks.whenEmpty { counter.leave(connection.remoteAddress) }
    }
}
