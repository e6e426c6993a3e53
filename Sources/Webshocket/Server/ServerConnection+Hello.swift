import EventLoops

extension ServerConnection {
    /// Answers `__hello__`.
    ///
    /// A hello that arrives while a token is judged is answered after the token, so that a client can pipeline it and
    /// gets the new expiry.
    func answerHello(_ request: IncomingRequest) {
        let call = IncomingCall(core: self, request: request, isStream: false, timeout: nil)
        guard request.isHello else { return call.fail(.badHello) }
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
    /// Whether the arguments are those of `__hello__`: none, or one map.
    fileprivate var isHello: Bool {
        guard named?.count ?? 0 == 0 else { return false }
        guard var elements = arguments?.elements, let argument = elements.next() else { return true }
        return argument.kind == .map && elements.next() == nil
    }
}

extension RPCError {
    fileprivate static let badHello = RPCError("__hello__ takes one argument, a map", code: .invalidParameters)
}
