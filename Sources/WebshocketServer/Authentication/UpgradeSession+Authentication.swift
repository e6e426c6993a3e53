import EventLoops

extension UpgradeSession {
    /// Authenticates an upgrade request before the WebSocket is opened, if the path has an authentication.
    func validate(_ request: UpgradeRequest, _ place: UpgradePlace, rest: UnsafeMutableRawBufferPointer) {
        guard let authentication = place.service.authentication else { return open(request, place, rest: rest) }
        if let refusal = charge(place.service.admissions) { return refuse(refusal) }
        guard let validate = authentication.handshake else {
            return conclude(.success(.awaitToken), authentication, request, place, rest: rest)
        }
        let validation = HandshakeValidation()
        self.validation = validation
        stage = .validating
        let outcome = validation.start(validate, httpRequest(request), on: serverLoop.loop) { [weak self] outcome in
            guard let self else { return }
            transport.resumeReading()
            validation.withRest { self.conclude(outcome, authentication, request, place, rest: $0) }
        }
        if let outcome {
            conclude(outcome, authentication, request, place, rest: rest)
        } else {
            transport.pauseReading()
            keep(rest)
        }
    }

    /// Stores the bytes that were received after the request, before reading was paused.
    func keep(_ bytes: UnsafeMutableRawBufferPointer) {
        if validation?.keep(bytes) != true { transport.close() }
    }

    /// Cancels the authentication of the request, if it is in progress.
    /// - Parameter refusal: The response to the peer; nil if it has disconnected.
    /// - Returns: Whether an authentication was in progress.
    @discardableResult
    func endValidation(_ refusal: Refusal?) -> Bool {
        guard case .validating = stage, let validation else { return false }
        validation.cancel()
        if let refusal { refuse(refusal) } else { transport.close() }
        return true
    }

    private func conclude(
        _ outcome: Result<Authentication.Decision, any Error>, _ authentication: Authentication,
        _ request: UpgradeRequest, _ place: UpgradePlace, rest: UnsafeMutableRawBufferPointer
    ) {
        guard !transport.isClosed else { return }
        guard !serverLoop.isShuttingDown else { return refuse(serverLoop.refusal) }
        do {
            let decision = try outcome.get()
            switch decision {
            case .refuse(let refusal): refuse(Refusal(refusal, challenge: authentication.challenge))
            case .awaitToken: try openForToken(request, place, authentication, rest: rest)
            case .admit: try open(request, place, authentication, decision, rest: rest)
            }
        } catch let fault as AdmissionFault {
            serverLoop.log(.warning, .admission, burst: 5, fault.description)
            refuse(Refusal(.forbidden, challenge: authentication.challenge))
        } catch {
            refuse(Refusal(status: 500, body: serverLoop.log.internalError(error) + "\n"))
        }
    }

    private func openForToken(
        _ request: UpgradeRequest, _ place: UpgradePlace, _ authentication: Authentication,
        rest: UnsafeMutableRawBufferPointer
    ) throws(MisplacedDecision) {
        guard let validate = authentication.token else { throw .awaitsNoToken }
        let waiting = ConnectionAuthentication(
            authentication, place.service.admissions, httpRequest(request), on: serverLoop)
        open(request, place, rest: rest) { TokenGate(before: $0, waiting).start(validate) }
    }

    private func open(
        _ request: UpgradeRequest, _ place: UpgradePlace, _ authentication: Authentication,
        _ decision: Authentication.Decision, rest: UnsafeMutableRawBufferPointer
    ) throws {
        guard case .admit(_, _, _, let headers) = decision, let admission = try Admission(decision) else { return }
        guard !headers.contains(where: { UpgradeAnswer.reserves($0.name) }) else {
            throw MisplacedDecision.reservedHeader
        }
        guard authentication.token != nil || admission.expiresAfter != nil else {
            return open(request, place, headers: headers, rest: rest) { $0.welcome(admission) }
        }
        let standing = ConnectionAuthentication(
            authentication, place.service.admissions, httpRequest(request), on: serverLoop, admission)
        guard !standing.hasExpired else {
            // Browsers hide the status of a refused upgrade from pages, so the reason is sent in a close frame.
            return open(request, place, rest: rest) { TokenGate(before: $0, standing).closeExpired() }
        }
        open(request, place, headers: headers, rest: rest) { connection in
            connection.authentication = standing
            connection.welcome(admission)
        }
    }

    private func httpRequest(_ request: UpgradeRequest) -> HTTPRequest {
        httpRequest(.get, request.path, request.query, request.headers)
    }

    /// Creates the request that closures receive.
    func httpRequest(
        _ method: HTTPRequest.Method, _ path: String, _ query: String?, _ headers: HTTPHeaders
    ) -> HTTPRequest {
        HTTPRequest(
            method: method, path: path, query: query, headers: headers, peer: peer,
            isSecure: transport.isSecured || peer.scheme == "https",
            clientCertificate: transport.tls?.peerCertificate.map { ClientCertificate($0) }, context: serverLoop.context
        )
    }
}

extension Router.Service {
    var authentication: Authentication? {
        switch self {
        case .packets(let service): service.authentication
        case .messages(let service): service.authentication
        }
    }

    /// The rate limits on authentication.
    fileprivate var admissions: LimitPlan? {
        switch self {
        case .packets(let service): service.admissions
        case .messages(let service): service.admissions
        }
    }
}

extension UpgradeAnswer {
    /// Whether a header is reserved for the handshake.
    fileprivate static func reserves(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["upgrade", "connection", "content-length", "transfer-encoding"].contains(name)
            || name.hasPrefix("sec-websocket-")
    }
}

extension Refusal {
    fileprivate init(_ refusal: Authentication.Refusal, challenge: String) {
        let body = refusal.message + "\n"
        switch refusal.reason {
        case .unauthorized:
            self.init(status: 401, headers: HTTPHeaders(validated: [("WWW-Authenticate", challenge)]), body: body)
        case .forbidden: self.init(status: 403, body: body)
        }
    }

    /// A refusal with 503: the authentication of the path exceeded the timeout of the handshake.
    static let validatedTooLate = Refusal(status: 503, body: "Authentication took too long. Please try again.\n")
}
