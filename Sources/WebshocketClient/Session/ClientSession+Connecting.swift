import EventLoops

extension ClientSession {
    /// Starts a connection attempt: credentials, address, handshake.
    func beginAttempt(_ number: Int) {
        attempt &+= 1
        let attempt = attempt
        status.attempts.add(1, ordering: .relaxed)
        ending = nil
        tellState()
        observers.tell(.connecting(attempt: number))
        let (url, configuration, loop) = (url, configuration, loop)
        let here = LoopBound(self, loop: loop)
        if configuration.credentials != nil {
            setTimer(after: configuration.connectTimeout) { [weak self] in
                self?.attemptFailed(attempt, ClientError(.timedOut, "timed out waiting for credentials"))
            }
        }
        // Runs on the loop, so that a process whose other threads are busy can still connect.
        connecting = Task(executorPreference: loop) {
            do {
                let configuration = try await configuration.withCredentials()
                // The upgrade has its own timeout.
                here.value.hasCredentials(attempt)
                try await ClientUpgrade.connect(
                    url.get(), configuration, on: loop, session: here, number: attempt)
            } catch {
                here.value.attemptFailed(attempt, error)
            }
        }
    }

    private func hasCredentials(_ attempt: UInt64) {
        if attempt == self.attempt, case .connecting = machine.phase { endTimer() }
    }

    private func attemptFailed(_ attempt: UInt64, _ error: any Error) {
        guard attempt == self.attempt, case .connecting = machine.phase else { return }
        connecting.take()?.cancel()
        endTimer()
        let outlook = credentials.outlook(
            after: (error as? ClientError)?.refusal, error.outlook(isReconnecting: machine.hasBeenOpen))
        // A loop that could not start has no timers either, so there is no second attempt.
        let action = machine.attemptFailed(
            loop.startError == nil ? outlook : .hopeless, at: loop.clock.now, chance: .random(in: 0..<1))
        if case .finish = action { ending = error }
        perform(action, because: error)
    }

    /// Takes over a connection after its handshake, before anything is read from it.
    func take(_ connection: ClientConnection) {
        guard connection.number == attempt, case .connecting = machine.phase else {
            // The attempt was given up, so its connection is not needed.
            return connection.close(.goingAway, reason: "")
        }
        connecting = nil
        endTimer()
        didConnect(connection)
    }

    private func didConnect(_ connection: ClientConnection) {
        machine.attemptSucceeded()
        self.connection = connection
        status.subprotocol = connection.subprotocol
        limits = defaultLimits
        silence = configuration.heartbeat.map { SilenceWatch($0) }
        guard configuration.wire != nil else { return prepare() }
        if let token = configuration.token { authenticate(token) } else { greet() }
    }

    /// Prepares the connection before it counts as open.
    func prepare() {
        guard let connection else { return }
        guard let prepare = configuration.prepare, let client else { return didPrepare(connection.number, nil) }
        let here = LoopBound(self, loop: loop)
        let (loop, number) = (loop, connection.number)
        let preparing = Preparing(session: ObjectIdentifier(self), connection: number)
        setTimer(after: configuration.connectTimeout) { [weak self] in
            self?.didPrepare(number, ClientError(.timedOut, "timed out preparing the connection"))
        }
        preparation = Task {
            var failure: (any Error)?
            do {
                try await ClientSession.$preparing.withValue(preparing) { try await prepare(client) }
            } catch {
                failure = error
            }
            let error = failure
            loop.execute { here.value.didPrepare(number, error) }
        }
    }

    /// Ends the preparation of a connection.
    /// - Parameter failure: The error of the preparation; nil if it succeeded.
    func didPrepare(_ number: UInt64, _ failure: (any Error)?) {
        guard let connection, connection.number == number, case .preparing(let attempt) = machine.phase,
            preparationFailure == nil
        else { return }
        preparation.take()?.cancel()
        endTimer()
        if let failure {
            // The failure is reported when the connection has ended, because the state machine waits for that.
            preparationFailure = failure
            return connection.close(.goingAway, reason: "")
        }
        machine.prepared(at: loop.clock.now)
        credentials.reset()
        isAskedFor = false
        status.connections.add(1, ordering: .relaxed)
        tellState()
        observers.tell(.open(attempt: attempt))
        restoreInterests()
        endExpiry()
        sendWaiting()
        updatePause()
        resumeConnectWaiters(.success(()))
    }

    /// Handles the end of the connection. Calls that were sent and cannot be repeated fail.
    func connectionEnded(_ connection: ClientConnection, _ closure: ConnectionClosure) {
        guard connection === self.connection else { return }
        self.connection = nil
        preparation.take()?.cancel()
        endTimer()
        endRenewal()
        defer { endHolding() }
        let failure = preparationFailure.take()
        let isClosing = machine.phase == .closing
        let lost = lost(closure)
        // An end that this side has caused says nothing about the next connection.
        let isOwn = connection.link.wasEndedHere
        let refusal = tokenWasRefused ? .token : failure == nil && !isOwn ? closure.refusal : nil
        tokenWasRefused = false
        let outlook = credentials.outlook(
            after: refusal,
            failure?.outlook(isReconnecting: machine.hasBeenOpen) ?? (isOwn ? .mayHeal : closure.outlook))
        let action = machine.connectionEnded(
            outlook.delayed(by: shutdown?.retryAfter), at: loop.clock.now, chance: .random(in: 0..<1))
        let bytesTaken = connection.link.bytesTaken
        settleInterests(closure)
        if case .wait = action { keepForNext(closure, bytesTaken) } else { failSent(closure, bytesTaken) }
        switch action {
        case .finish:
            ending = failure ?? lost
            finishAndMaybeConnect(isClosing ? nil : failure ?? lost)
        case .nothing, .connect, .wait: perform(action, because: failure ?? lost)
        }
    }

    /// Finishes, and then connects again for callers of `connect` that waited for the connection to close.
    private func finishAndMaybeConnect(_ error: (any Error)?) {
        let waiters = error == nil ? connectWaiters : []
        if error == nil { connectWaiters = [] }
        finish(error)
        guard !waiters.isEmpty else { return }
        connectWaiters = waiters
        isAskedFor = true
        perform(machine.connectRequested(retry: waiters.lazy.compactMap(\.retry).first))
    }
}

extension ClientConfiguration {
    /// Returns the configuration with current credentials in its headers.
    fileprivate func withCredentials() async throws -> ClientConfiguration {
        guard let credentials else { return self }
        let fresh = try await withTaskExecutorPreference(globalConcurrentExecutor) { try await credentials() }
        var configuration = self
        configuration.headers = fresh
        for (name, value) in headers where fresh[name] == nil {
            try configuration.headers.add(name: name, value: value)
        }
        return configuration
    }
}
