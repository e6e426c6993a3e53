import EventLoops

extension ClientSession {
    /// The limits for a server that does not announce any.
    var defaultLimits: AnnouncedLimits { AnnouncedLimits(elements: configuration.requestElements) }

    /// Sends the hello on a new connection, before everything except the token. The connection counts as open after the
    /// answer.
    func greet() {
        guard let number = connection?.number else { return }
        greetingsLeft = 1
        sayHello(number, preparing(number))
    }

    /// The way of calls that prepare a connection.
    func preparing(_ number: UInt64) -> OutgoingMessage.Way {
        .preparing(Preparing(session: ObjectIdentifier(self), connection: number))
    }

    /// Requests the server's current limits and the expiry of the admission.
    /// - Parameter renewing: The number of the renewal attempt that this hello belongs to, if any.
    func sayHello(_ number: UInt64, _ way: OutgoingMessage.Way, renewing: UInt64? = nil) {
        do {
            let hello = try ownCall(
                ProtocolMethod.hello.name, .map([:]), timeout: configuration.connectTimeout, way)
            call(hello) { [weak self] reply in self?.helloWasAnswered(number, reply, renewing) }
        } catch {
            didPrepare(number, error)
        }
    }

    /// Sends the hello again after the user authenticated with another token: the expiry has changed, and the limits
    /// may have.
    func sayHelloAgain() {
        guard case .open = machine.phase, let connection else { return }
        sayHello(connection.number, .ahead)
    }

    private func helloWasAnswered(_ number: UInt64, _ reply: PendingCalls.Reply, _ renewing: UInt64?) {
        guard connection?.number == number else { return }
        let answer = reply.flatMap { response in response.rpcError.map { .failure($0) } ?? .success(response) }
        switch answer {
        case .success(let response):
            let hello = ServerHello(response, defaults: defaultLimits)
            limits = hello.limits
            if let renewing { return renewalWasAnswered(renewing, hello) }
            expiryWasReported(hello.expiresIn)
            if isPreparing(number) { wasGreeted() }
        case .failure(let error):
            // On an open connection, the last answer stays valid.
            if let renewing { return renewalFailed(renewing, error) }
            guard isPreparing(number) else { return }
            // The server is older, a different implementation, or slow in `onConnect`.
            if error is RPCError || (error as? ClientError)?.code == .timedOut {
                limits = defaultLimits
                wasGreeted()
            } else {
                didPrepare(number, error)
            }
        }
    }

    /// Continues the preparation after the answers to the token, if any, and to the hello.
    func wasGreeted() {
        greetingsLeft -= 1
        if greetingsLeft == 0 { prepare() }
    }

    func isPreparing(_ number: UInt64) -> Bool {
        guard connection?.number == number, case .preparing = machine.phase else { return false }
        return preparationFailure == nil
    }
}
