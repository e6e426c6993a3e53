import EventLoops

/// The state of the renewal of a connection's admission.
struct ClientRenewal {
    var machine: RenewalMachine
    /// The timer for the next attempt, or the timeout of the current one.
    var timer: TimerToken?
    /// The task that requests a token.
    var task: Task<Void, Never>?
    /// The number of the current attempt.
    var attempt: UInt64 = 0
    /// Whether the server has accepted the token of the current attempt.
    var isAccepted = false
}

// With a `token` closure, the client renews an admission that expires.
extension ClientSession {
    /// Schedules the renewal after a response to the hello.
    func expiryWasReported(_ expiresIn: Duration?) {
        guard configuration.token != nil, !renewal.machine.isRenewing else { return }
        perform(renewal.machine.reportedExpiry(in: expiresIn, at: loop.clock.now, chance: .random(in: 0..<1)))
    }

    func endRenewal() {
        renewal.machine.connectionEnded()
        endAttempt()
        endRenewalTimer()
    }

    private func perform(_ action: RenewalMachine.Action, expiresIn: Duration? = nil, because error: (any Error)? = nil)
    {
        switch action {
        case .rest: endRenewalTimer()
        case .wait(let next): setRenewalTimer(configuration.renewalDelay.map { loop.clock.now + $0 } ?? next)
        case .renew: renew()
        case .renewed(let next):
            setRenewalTimer(next)
            observers.tell(.renewed(expiresIn: expiresIn))
        case .failed(let next):
            setRenewalTimer(next)
            observers.tell(
                .renewalFailed(
                    error: error ?? ClientError.notExtended,
                    delay: next.map { RetryDelay(until: $0, clock: loop.clock) }))
        }
    }

    private func setRenewalTimer(_ time: ContinuousClock.Instant?) {
        endRenewalTimer()
        guard let time else { return }
        renewal.timer = loop.schedule(after: time - loop.clock.now) { [weak self] in
            guard let self else { return }
            renewal.timer = nil
            perform(renewal.machine.timeCame())
        }
    }

    private func endRenewalTimer() {
        renewal.timer.take().map { loop.cancel($0) }
    }

    private func endAttempt() {
        renewal.attempt &+= 1
        renewal.isAccepted = false
        renewal.task.take()?.cancel()
    }

    private func renew() {
        guard connection != nil, let token = configuration.token else { return }
        endAttempt()
        let attempt = renewal.attempt
        renewal.timer = loop.schedule(after: configuration.connectTimeout) { [weak self] in
            guard let self else { return }
            renewal.timer = nil
            renewalFailed(attempt, ClientError(.timedOut, "timed out renewing the admission"))
        }
        let here = LoopBound(self, loop: loop)
        let loop = loop
        renewal.task = Task {
            let outcome = await Result { try await token() }
            loop.execute { here.value.hasFreshToken(attempt, outcome) }
        }
    }

    private func hasFreshToken(_ attempt: UInt64, _ outcome: Result<String, any Error>) {
        guard attempt == renewal.attempt, renewal.machine.isRenewing, let number = connection?.number else { return }
        let way = isPreparing(number) ? preparing(number) : .ahead
        do {
            let request = try ownCall(
                ProtocolMethod.authenticate.name, .string(outcome.get()), timeout: configuration.connectTimeout, way)
            call(request) { [weak self] reply in self?.freshTokenWasAnswered(attempt, reply) }
            sayHello(number, way, renewing: attempt)
        } catch {
            renewalFailed(attempt, error)
        }
    }

    private func freshTokenWasAnswered(_ attempt: UInt64, _ reply: PendingCalls.Reply) {
        guard attempt == renewal.attempt else { return }
        switch reply {
        case .success(let response):
            guard let error = response.rpcError else { return renewal.isAccepted = true }
            renewalFailed(attempt, error)
        case .failure(let error): renewalFailed(attempt, error)
        }
    }

    /// Handles the response to the hello that followed a token.
    func renewalWasAnswered(_ attempt: UInt64, _ hello: ServerHello) {
        guard attempt == renewal.attempt, renewal.isAccepted else { return }
        endAttempt()
        let action = renewal.machine.renewalSucceeded(
            expiresIn: hello.expiresIn, at: loop.clock.now, chance: .random(in: 0..<1))
        perform(action, expiresIn: hello.expiresIn)
    }

    /// Handles a failed renewal; a no-op if the attempt has already ended.
    func renewalFailed(_ attempt: UInt64, _ error: any Error) {
        guard attempt == renewal.attempt, renewal.machine.isRenewing, connection != nil else { return }
        endAttempt()
        let advice = (error as? RPCError)?.retryAfter
        let action = renewal.machine.renewalFailed(advice: advice, at: loop.clock.now, chance: .random(in: 0..<1))
        perform(action, because: error)
    }
}

extension ClientError {
    fileprivate static let notExtended = ClientError(
        .unexpectedReply, "the server accepted the token but did not extend the admission")
}
