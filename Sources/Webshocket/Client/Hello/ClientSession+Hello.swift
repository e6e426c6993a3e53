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
        switch reply {
        case .success(let response):
            let hello = ServerHello(response, defaults: defaultLimits)
            // On an open connection the last answer stays good.
            if response.error == nil || isPreparing(number) { limits = hello.limits }
            if let renewing {
                if let error = response.rpcError {
                    renewalFailed(renewing, error)
                } else {
                    renewalWasAnswered(renewing, hello)
                }
            } else if response.error == nil {
                expiryWasTold(hello.expiresIn)
            }
            if isPreparing(number) { wasGreeted() }
        case .failure(let error):
            if let renewing {
                // The last answer stays good.
                renewalFailed(renewing, error)
            } else if isPreparing(number), (error as? ClientError)?.code == .timedOut {
                // The handler's `onConnect` takes long, or the server is not of this framework.
                limits = defaultLimits
                wasGreeted()
            } else {
                // On an open connection the last answer stays good.
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
