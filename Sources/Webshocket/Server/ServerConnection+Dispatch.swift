import EventLoops

extension ServerConnection {
    /// Takes a call from its name to its method, through everything that may refuse it.
    func dispatch(_ request: IncomingRequest, _ service: PacketService) {
        let method = service.methods.method(named: request.method)
        if method == nil, let order = FrameworkMethod(request) { return obey(order, request) }
        // Guards and limits may run code of the handler's too.
        let outerWork = serverLoop.loop.begin(method?.label ?? .unnamedCall)
        defer { serverLoop.loop.end(outerWork) }
        do throws(CallRefusal) {
            if let requirement = service.requirement { try ask(requirement, for: request.asSubject) }
            if let requirement = method?.requirement { try ask(requirement, for: request.asSubject) }
            if let limits = method?.limits ?? service.limits { try charge(limits, for: request.asSubject) }
            // A guard's closure may have closed the connection.
            guard link.isOpen else { return }
            guard let method else { throw .answer(.notFound(request.name)) }
            let timeout = try timeout(of: request)
            method.invoke(
                IncomingCall(
                    core: self, request: request, isStream: method.isStream, isOffLoop: method.isOffLoop,
                    timeout: timeout))
        } catch {
            switch error {
            case .answer(let error):
                let isStream = method?.isStream ?? false
                IncomingCall(core: self, request: request, isStream: isStream, timeout: nil).fail(error)
            case .disconnect: closeForRateLimit()
            }
        }
    }

    /// - Returns: how long the caller waits, or nil for as long as the connection lives.
    private func timeout(of request: IncomingRequest) throws(CallRefusal) -> Duration? {
        guard let timeout = request.timeout else { return nil }
        guard let seconds = timeout.double, seconds >= 0 else {
            throw .answer(RPCError("timeout is to be a number of seconds, 0 or more", code: .invalidParameters))
        }
        guard seconds > 0 else { throw .answer(.deadlineExceeded) }
        return Duration(wireSeconds: seconds).map { max($0, .milliseconds(1)) }
    }
}

extension IncomingRequest {
    /// At most 256 bytes: the peer has the rest.
    fileprivate var name: String {
        String(decoding: method.prefix(256), as: UTF8.self) + (method.count > 256 ? "…" : "")
    }

    /// How a refusal says what it refuses.
    fileprivate var asSubject: String { " for RPC method '\(name)'" }
}

/// A method of the protocol that the server runs at once, without the handler's guards and rate limits (Protocol.md,
/// "Hello", "Cancellation", "Streams", "Authentication", "Is anyone there").
enum FrameworkMethod {
    case hello
    case abort
    case credit
    case authenticate
    case ping

    init?(_ request: IncomingRequest) {
        if request.method.elementsEqual(ProtocolMethod.abort.name.utf8) {
            self = .abort
        } else if request.method.elementsEqual(ProtocolMethod.credit.name.utf8) {
            self = .credit
        } else if request.isAuthentication {
            self = .authenticate
        } else if request.method.elementsEqual(ProtocolMethod.ping.name.utf8) {
            self = .ping
        } else if request.method.elementsEqual(ProtocolMethod.hello.name.utf8) {
            self = .hello
        } else {
            return nil
        }
    }
}

extension ServerConnection {
    private func obey(_ method: FrameworkMethod, _ request: IncomingRequest) {
        switch method {
        case .authenticate: renew(request)
        case .ping: answerPing(request)
        case .hello: answerHello(request)
        // Both are unanswered, and harmless where the call has ended or never was.
        case .abort: steered(by: request).map { call, _ in abort(call) }
        case .credit:
            guard let (call, elements) = steered(by: request), !grant(elements ?? 0, to: call) else { return }
            if !request.isNotification { fail(request.callID ?? .noCallID, .badCredit) }
        }
    }

    /// The call that a request names first, where it runs, and the number behind that.
    private func steered(by request: IncomingRequest) -> (CallInFlight, Int?)? {
        guard var arguments = request.arguments?.elements, let callID = arguments.next()?.text,
            callID.count <= limits.callID, let call = calls[[UInt8](callID)]
        else { return nil }
        return (call, arguments.next()?.wholeNumber)
    }
}

extension RPCError {
    fileprivate static func notFound(_ method: String) -> RPCError {
        RPCError("RPC method '\(method)' not found.", code: .methodNotFound)
    }

    fileprivate static let badCredit = RPCError(
        "credit is to be above 0, and \(StreamFlow.mostCredit) in all at most", code: .invalidParameters)

    static let deadlineExceeded = RPCError("The deadline passed.", code: .deadlineExceeded)
    static let cancelled = RPCError("The call was cancelled.", code: .cancelled)
    static func shuttingDown(retryAfter: Duration?) -> RPCError {
        RPCError("The server is shutting down.", code: .shuttingDown, retryAfter: retryAfter)
    }
}
