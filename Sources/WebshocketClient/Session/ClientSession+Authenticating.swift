import EventLoops

extension ClientSession {
    /// Sends a token as the first message of a new connection, and the hello right after it, without waiting for the
    /// response.
    func authenticate(_ token: @escaping @Sendable () async throws -> String) {
        guard let number = connection?.number else { return }
        setTimer(after: configuration.connectTimeout) { [weak self] in
            self?.didPrepare(number, ClientError(.timedOut, "the server did not answer the token in time"))
        }
        let here = LoopBound(self, loop: loop)
        let loop = loop
        preparation = Task {
            let outcome = await Result { try await token() }
            loop.execute { here.value.hasToken(number, outcome) }
        }
    }

    private func hasToken(_ number: UInt64, _ outcome: Result<String, any Error>) {
        guard isPreparing(number) else { return }
        do {
            let way = preparing(number)
            let request = try ownCall(ProtocolMethod.authenticate.name, .string(outcome.get()), timeout: nil, way)
            greetingsLeft = 2
            call(request) { [weak self] reply in self?.tokenWasAnswered(number, reply) }
            sayHello(number, way)
        } catch {
            didPrepare(number, error)
        }
    }

    private func tokenWasAnswered(_ number: UInt64, _ reply: PendingCalls.Reply) {
        guard isPreparing(number) else { return }
        switch reply {
        case .success(let response):
            // A server that does not support the method accepts every client.
            guard let error = response.rpcError, error.code != .methodNotFound else {
                // The hello has its own timeout.
                endTimer()
                return wasGreeted()
            }
            tokenWasRefused = error.code == .accessDenied
            didPrepare(number, error)
        case .failure(let error): didPrepare(number, error)
        }
    }
}
