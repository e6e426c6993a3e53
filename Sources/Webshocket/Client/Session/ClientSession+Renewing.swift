import EventLoops

/// What a session keeps of the renewal of its connection's admission.
struct ClientRenewal {
    var machine: RenewalMachine
    /// Of the next try, or for the one that is under way.
    var timer: TimerToken?
    /// Asks for a token.
    var task: Task<Void, Never>?
    /// Distinguishes the tries.
    var attempt: UInt64 = 0
    /// Whether the server has accepted the token of the try that is under way.
    var isAccepted = false
}

// With a `token` closure, a connection whose admission expires gets another token in time.
extension ClientSession {
    /// Schedules the renewal after an answer to a hello.
    func expiryWasTold(_ expiresIn: Duration?) {
        guard configuration.token != nil, !renewal.machine.isRenewing else { return }
        perform(renewal.machine.expiryTold(in: expiresIn, at: .now, chance: .random(in: 0..<1)))
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
        case .wait(let next): setRenewalTimer(configuration.renewalDelay.map { .now + $0 } ?? next)
        case .renew: renew()
        case .renewed(let next):
            setRenewalTimer(next)
            observers.tell(.renewed(expiresIn: expiresIn))
        case .failed(let next):
            setRenewalTimer(next)
            observers.tell(
                .renewalFailed(because: error ?? ClientError.notExtended, pause: next.map { ClientPause(until: $0) }))
        }
    }

    private func setRenewalTimer(_ time: ContinuousClock.Instant?) {
        endRenewalTimer()
        guard let time else { return }
        renewal.timer = loop.schedule(after: time - .now) { [weak self] in
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
            renewalFailed(attempt, ClientError(.timedOut, "the admission was not renewed in time"))
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

    /// The hello behind a token is answered.
    func renewalWasAnswered(_ attempt: UInt64, _ hello: ServerHello) {
        guard attempt == renewal.attempt, renewal.isAccepted else { return }
        endAttempt()
        let action = renewal.machine.renewalSucceeded(
            expiresIn: hello.expiresIn, at: .now, chance: .random(in: 0..<1))
        perform(action, expiresIn: hello.expiresIn)
    }

    /// Harmless for a try that has ended.
    func renewalFailed(_ attempt: UInt64, _ error: any Error) {
        guard attempt == renewal.attempt, renewal.machine.isRenewing, connection != nil else { return }
        endAttempt()
        let advice = (error as? RPCError)?.retryAfter
        let action = renewal.machine.renewalFailed(advice: advice, at: .now, chance: .random(in: 0..<1))
        perform(action, because: error)
    }
}

extension ClientError {
    fileprivate static let notExtended = ClientError(
        .unexpectedReply, "the server accepted the token, and did not extend the admission")
}
