import EventLoops

extension ServerConnection {
    /// Finds the method of a call, applies guards and rate limits, and invokes the method.
    func dispatch(_ request: IncomingRequest, _ service: PacketService) {
        let method = service.methods.method(named: request.method)
        if method == nil, let own = FrameworkMethod(request) { return run(own, request) }
        // Guards and rate limits may also run code of the handler.
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

    /// - Returns: The caller's timeout, or nil if it waits for the lifetime of the connection.
    private func timeout(of request: IncomingRequest) throws(CallRefusal) -> Duration? {
        guard let timeout = request.timeout else { return nil }
        guard let seconds = timeout.double, seconds >= 0 else {
            throw .answer(RPCError("timeout must be a number of seconds, at least 0", code: .invalidParameters))
        }
        guard seconds > 0 else { throw .answer(.deadlineExceeded) }
        return Duration(wireSeconds: seconds).map { max($0, .milliseconds(1)) }
    }
}

extension IncomingRequest {
    /// The method's name, truncated to 256 bytes.
    fileprivate var name: String {
        String(decoding: method.prefix(256), as: UTF8.self) + (method.count > 256 ? "…" : "")
    }

    /// The subject of a refusal's message.
    fileprivate var asSubject: String { " for RPC method '\(name)'" }
}

/// A method of the protocol. The server runs it without the handler's guards and rate limits (Protocol.md,
/// "Hello", "Cancellation", "Streams", "Authentication", "Application-level ping").
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
    private func run(_ method: FrameworkMethod, _ request: IncomingRequest) {
        switch method {
        case .authenticate: renew(request)
        case .ping: answerPing(request)
        case .hello: answerHello(request)
        // `abort` and `credit` have no response. They are no-ops if the call has ended or is unknown.
        case .abort:
            if let id = subject(of: request), calls.streams[id] == nil, abortWaiting(id) { return }
            steered(by: request).map { call, _ in abort(call) }
        case .credit:
            guard let (call, elements) = steered(by: request), !grant(elements ?? 0, to: call) else { return }
            if !request.isNotification { fail(request.callID ?? .noCallID, .badCredit) }
        }
    }

    /// Returns the call in flight that a request names in its first argument, and the number in its second argument.
    /// Nil if that call is not in flight.
    private func steered(by request: IncomingRequest) -> (CallInFlight, Int?)? {
        guard let callID = subject(of: request), let call = calls[callID] else { return nil }
        var arguments = request.arguments?.elements
        _ = arguments?.next()
        return (call, arguments?.next()?.wholeNumber)
    }

    /// Returns the call ID in the first argument of a request; nil if there is none, or it is too long.
    func subject(of request: IncomingRequest) -> [UInt8]? {
        guard var arguments = request.arguments?.elements, let callID = arguments.next()?.text,
            callID.count <= limits.callID
        else { return nil }
        return [UInt8](callID)
    }
}

extension RPCError {
    fileprivate static func notFound(_ method: String) -> RPCError {
        RPCError("RPC method '\(method)' not found.", code: .methodNotFound)
    }

    fileprivate static let badCredit = RPCError(
        "credit must be at least 1, and at most \(StreamFlow.mostCredit) in total", code: .invalidParameters)

    static let deadlineExceeded = RPCError("The deadline passed.", code: .deadlineExceeded)
    static let cancelled = RPCError("The call was cancelled.", code: .cancelled)
    static func shuttingDown(retryAfter: Duration?) -> RPCError {
        RPCError("The server is shutting down.", code: .shuttingDown, retryAfter: retryAfter)
    }
}
