import EventLoops

extension ServerConnection {
    /// Answers `__hello__`, and records that the peer understands packets that older clients do not.
    ///
    /// If a token is being checked, the response is sent after the check. This lets a client pipeline the hello after
    /// the token and receive the new expiry time.
    func answerHello(_ request: IncomingRequest) {
        let call = IncomingCall(core: self, request: request, isStream: false, timeout: nil)
        if let fault = request.helloFault { return call.fail(RPCError(fault, code: .invalidParameters)) }
        hasSaidHello = true
        guard let validation = authentication?.validation, hasRoomForCalls else {
            return call.reply(using: .resolve()) { helloResponse }
        }
        let here = LoopBound(self, loop: serverLoop.loop)
        call.start(using: .resolve()) {
            await validation.wait()
            return here.value.helloResponse
        }
    }

    private var helloResponse: HelloResponse {
        HelloResponse(limits, remaining: authentication?.remaining)
    }
}

extension IncomingRequest {
    /// Describes why the arguments of `__hello__`, which takes at most one map, are invalid; nil if they are valid.
    fileprivate var helloFault: String? {
        guard named?.count ?? 0 == 0 else { return "__hello__ takes no named arguments" }
        guard let arguments, arguments.count > 0 else { return nil }
        guard arguments.count == 1 else { return "__hello__ takes at most 1 argument (got \(arguments.count))" }
        var elements = arguments.elements
        guard let argument = elements?.next(), argument.kind != .map else { return nil }
        return "the argument of __hello__ must be a map (got \(argument.name))"
    }
}
