import EventLoops

extension ServerConnection {
    /// Answers `__hello__`, and notes that the peer may be sent what older clients do not know.
    ///
    /// A hello that arrives while a token is judged is answered after the token, so that a client can pipeline it and
    /// gets the new expiry.
    func answerHello(_ request: IncomingRequest) {
        let call = IncomingCall(core: self, request: request, isStream: false, timeout: nil)
        if let fault = request.helloFault { return call.fail(RPCError(fault, code: .invalidParameters)) }
        hasSaidHello = true
        guard let judgement = authentication?.judgement, hasRoomForCalls else {
            return call.reply(using: .resolve()) { helloResponse }
        }
        let here = LoopBound(self, loop: serverLoop.loop)
        call.start(using: .resolve()) {
            await judgement.wait()
            return here.value.helloResponse
        }
    }

    private var helloResponse: HelloResponse {
        HelloResponse(limits, remaining: authentication?.remaining)
    }
}

extension IncomingRequest {
    /// The fault in the arguments of `__hello__`, which takes at most one map; nil if they are valid.
    fileprivate var helloFault: String? {
        guard named?.count ?? 0 == 0 else { return "__hello__ takes no named arguments" }
        guard let arguments, arguments.count > 0 else { return nil }
        guard arguments.count == 1 else { return "__hello__ takes at most 1 argument (got \(arguments.count))" }
        var elements = arguments.elements
        guard let argument = elements?.next(), argument.kind != .map else { return nil }
        return "the argument of __hello__ must be a map (got \(argument.name))"
    }
}
