import EventLoops

extension ServerConnection {
    /// Responds to `__authenticate__` on an open connection. An accepted token replaces the current admission.
    func renew(_ request: IncomingRequest) {
        let call = IncomingCall(
            core: self, request: request, isStream: false,
            timeout: serverLoop.context.configuration.timeouts.authentication)
        guard let authentication, let validate = authentication.authentication.token else {
            return call.fail(.noTokens)
        }
        guard !isDraining else { return call.fail(shuttingDown) }
        guard let token = request.token else { return call.fail(.noToken) }
        do throws(RPCError) {
            try answering { () throws(CallRefusal) in
                if let limits = authentication.limits { try charge(limits, for: " for tokens") }
            }
        } catch {
            return call.fail(error)
        }
        switch authentication.machine.renewalArrived(at: authentication.now) {
        case .nothing: break
        case .refuse(let time):
            call.fail(
                RPCError(
                    "Too many authentication attempts.", code: .rateLimited,
                    retryAfter: time.roundedUpToMilliseconds))
        case .validate:
            let opening = authentication.request
            let here = LoopBound(self, loop: serverLoop.loop)
            let validation = Gate()
            authentication.validation = validation
            call.start(using: .resolve()) { () async throws -> Bool in
                defer {
                    here.value.authentication?.validationEnded()
                    validation.open()
                }
                let outcome = await withTaskCancellationHandler {
                    await Result { try await validate(token, opening) }
                } onCancel: {
                    // If the timeout has passed, the call has already been answered.
                    validation.open()
                }
                // The peer has already received an error, so the token must not take effect.
                try Task.checkCancellation()
                try here.value.renew(outcome.mapError { ValidationFailure($0) }.get())
                return true
            }
        }
    }

    private func renew(_ decision: Authentication.Decision) throws {
        switch decision {
        case .refuse(let refusal): throw RPCError(refusal)
        case .awaitToken: throw MisplacedDecision.awaitsAnother
        case .admit: break
        }
        let admission: Admission?
        do throws(AdmissionFault) {
            admission = try Admission(decision)
        } catch {
            log(.warning, .admission, burst: 5, error.description)
            throw RPCError(.forbidden)
        }
        guard let authentication, let admission else { throw CancellationError() }
        guard authentication.machine.renewed(expiresAfter: admission.expiresAfter, at: authentication.now) else {
            perform(authentication.machine.timeCame(at: authentication.now))
            throw CancellationError()
        }
        authentication.apply(admission, to: self)
    }

    /// Responds to `__ping__`.
    func answerPing(_ request: IncomingRequest) {
        IncomingCall(core: self, request: request, isStream: false, timeout: nil)
            .reply(using: .resolve()) { WireValue.null }
    }
}

extension IncomingRequest {
    var isAuthentication: Bool { method.elementsEqual(ProtocolMethod.authenticate.name.utf8) }

    /// The token of a call of `__authenticate__`; nil if the call does not have exactly one argument, a string.
    var token: String? {
        guard named?.count ?? 0 == 0, let arguments, arguments.count == 1, var elements = arguments.elements,
            let text = elements.next()?.text
        else { return nil }
        return String(decoding: text, as: UTF8.self)
    }
}

extension RPCError {
    init(_ refusal: Authentication.Refusal) {
        self.init(refusal.message, code: .accessDenied)
    }

    static let noToken = RPCError("expected one argument: the token, a string", code: .invalidParameters)
    fileprivate static let noTokens = RPCError("RPC method '__authenticate__' not found.", code: .methodNotFound)
}
