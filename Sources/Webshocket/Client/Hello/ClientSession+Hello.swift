import EventLoops

extension ClientSession {
    /// The limits of a server that has not told its own.
    var defaultLimits: ServerLimits { ServerLimits(elements: configuration.requestElements) }

    /// Says hello on a new connection, before everything but the token; the client counts as open after the answer.
    func greet() {
        guard let number = connection?.number else { return }
        greetingsLeft = 1
        sayHello(number, preparing(number))
    }

    /// The way for calls that prepare a connection.
    func preparing(_ number: UInt64) -> OutgoingMessage.Way {
        .preparing(Preparing(session: ObjectIdentifier(self), connection: number))
    }

    /// Asks for the server's present limits, and for when the admission expires.
    /// - Parameter renewing: the try to renew the admission that it belongs to.
    func sayHello(_ number: UInt64, _ way: OutgoingMessage.Way, renewing: UInt64? = nil) {
        do {
            let hello = try ownCall(
                ProtocolMethod.hello.name, .map([:]), timeout: configuration.connectTimeout, way)
            call(hello) { [weak self] reply in self?.helloWasAnswered(number, reply, renewing) }
        } catch {
            didPrepare(number, error)
        }
    }

    /// The user has shown another token: the server's limits may have changed, and the expiry has.
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
            expiryWasTold(hello.expiresIn)
            if isPreparing(number) { wasGreeted() }
        case .failure(let error):
            // On an open connection the last answer stays good.
            if let renewing { return renewalFailed(renewing, error) }
            guard isPreparing(number) else { return }
            // An older server, one of another kind, or one whose handler takes long in `onConnect`.
            if error is RPCError || (error as? ClientError)?.code == .timedOut {
                limits = defaultLimits
                wasGreeted()
            } else {
                didPrepare(number, error)
            }
        }
    }

    /// Goes on with the preparation when the token, if there is one, and the hello are answered.
    func wasGreeted() {
        greetingsLeft -= 1
        if greetingsLeft == 0 { prepare() }
    }

    func isPreparing(_ number: UInt64) -> Bool {
        guard connection?.number == number, case .preparing = machine.phase else { return false }
        return preparationFailure == nil
    }
}
