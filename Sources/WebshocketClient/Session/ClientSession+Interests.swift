import EventLoops

extension ClientSession {
    /// Declares the channels or rooms that a call requests.
    /// - Returns: Whether to send the call. If not, it has already taken effect.
    func declare(_ call: inout ClientCall) -> Bool {
        guard let interest = call.interest else { return true }
        let link = link(for: call.way)
        let actions = interests.declare(interest, call.id, on: link)
        if link == .preparing, case .end = interest { call.way = wayAhead }
        perform(actions)
        return actions.isSent
    }

    /// Carries out a request to end something if its task was cancelled before it could make the call.
    func declareCancelled(_ call: ClientCall) {
        guard case .end = call.interest else { return }
        var call = call
        if declare(&call) { perform(interests.ended(call.id, .givenUp)) }
    }

    func perform(_ actions: ClientInterests.Actions) {
        for id in actions.superseded { supersede(id) }
        if let request = actions.request { compensate(request) }
    }

    /// Ends the requests that only the lost connection could have answered, and those that have become unnecessary.
    func settleInterests(_ closure: ConnectionClosure) {
        let settlement = interests.connectionEnded()
        for id in settlement.own { takeBack(id, .failure(ClientError.lost(closure, .notSent))) }
        for id in settlement.ended { takeBack(id, .success(RPCResponse(callID: id))) }
        for id in settlement.superseded { supersede(id) }
    }

    /// Creates the client's own call for channels or rooms, which is written before all waiting messages.
    func ownCall(for interest: ClientInterests.Request) -> ClientCall? {
        let (time, way) = (configuration.callTimeout, wayAhead)
        var call: ClientCall? =
            switch interest {
            case .begin(.channels, let names), .restore(.channels, let names):
                try? ownCall(ProtocolMethod.subscribe.name, .names(names), timeout: time, way)
            case .begin(.rooms, let names), .restore(.rooms, let names):
                try? ownCall(ProtocolMethod.join.name, .string(names.first ?? ""), timeout: time, way)
            case .end(let kind, let names?), .compensate(let kind, let names?):
                try? ownCall(kind.methodThatEnds.name, .names(names), timeout: time, way)
            case .end(let kind, nil), .compensate(let kind, nil):
                try? ownCall(kind.methodThatEnds.name, timeout: time, way)
            }
        call?.interest = interest
        return call
    }

    /// Ends on the server the subscriptions and memberships that given-up requests may have started.
    /// - Parameter tries: The number of temporary refusals in a row.
    private func compensate(_ request: ClientInterests.Request, after tries: Int = 0) {
        guard link(for: wayAhead) != .absent, let number = connection?.number,
            let compensation = ownCall(for: request)
        else { return }
        call(compensation) { [weak self] reply in
            guard let self else { return }
            if case .failure(let error as ClientError) = reply, error.code == .requestTooLarge,
                case .compensate(let kind, let names?) = request, names.count > 1
            {
                for half in names.halves { compensate(.compensate(kind, half), after: tries) }
                return
            }
            guard case .success(let response) = reply, let error = response.rpcError, error.mayPass else { return }
            loop.schedule(after: pauseOfRequest(after: tries + 1, atLeast: error.retryAfter)) { [weak self] in
                guard let self, connection?.number == number,
                    let remaining = interests.compensation(request.kind)
                else { return }
                compensate(remaining, after: tries + 1)
            }
        }
    }

    /// The pause before a temporarily refused request is repeated.
    func pauseOfRequest(after refusals: Int, atLeast advice: Duration?) -> Duration {
        configuration.reconnect.pauseOfRequest(after: refusals, atLeast: advice, chance: .random(in: 0..<1))
    }

    private func supersede(_ id: String) {
        guard let call = pending[id] else { return }
        let message = "a later unsubscribe or leave ended all names of this request"
        let delivery = call.request.isWaiting ? call.request.deliveryWhileWaiting : .maybeExecuted
        takeBack(id, .failure(ClientError(.superseded, message, delivery: delivery)))
    }

    private func takeBack(_ id: String, _ reply: PendingCalls.Reply) {
        guard let call = pending[id] else { return }
        _ = takeBack(call.request)
        end(id, reply)
    }

    private func link(for way: OutgoingMessage.Way) -> InterestLedger.Link {
        switch (machine.phase, way) {
        case (.open, _): .open
        case (.preparing, .preparing(let prepared)) where isPrepared(by: prepared): .ahead
        case (.preparing, _): .preparing
        case (.idle, _), (.connecting, _), (.waiting, _), (.closing, _), (.closed, _): .absent
        }
    }

    /// The way for messages that go before all waiting ones on the current connection.
    private var wayAhead: OutgoingMessage.Way {
        guard case .preparing = machine.phase, let connection else { return .ahead }
        return .preparing(Preparing(session: ObjectIdentifier(self), connection: connection.number))
    }
}

extension ClientInterests.Kind {
    fileprivate var methodThatEnds: ProtocolMethod {
        switch self {
        case .channels: .unsubscribe
        case .rooms: .leave
        }
    }
}

extension ClientInterests.Request {
    /// The error of a successful response that cannot be used for this request; nil if it can.
    func fault(of response: RPCResponse) -> (any Error)? {
        guard case .begin(.rooms, _) = self else { return nil }
        do {
            let _: [RoomMember]? = try response.result()
            return nil
        } catch {
            return error
        }
    }
}

extension PendingCalls.Reply {
    /// The outcome of a request for channels or rooms.
    var outcome: ClientInterests.Outcome {
        switch self {
        case .success(let response):
            if let error = response.rpcError { error.mayHaveRun ? .givenUp : .refused } else { .granted }
        case .failure: .givenUp
        }
    }
}

extension RPCError {
    /// Whether the method may have run before the server responded with this error.
    fileprivate var mayHaveRun: Bool {
        [.internalError, .deadlineExceeded, .cancelled, .replyTooLarge].contains(code)
    }

    /// Whether the same request may be granted later, on the same connection.
    var mayPass: Bool {
        switch code {
        case .rateLimited, .overloaded, .internalError, .cancelled, .deadlineExceeded, .shuttingDown: true
        default: false
        }
    }
}

extension [String] {
    /// Both halves, in order, for names that exceed a limit in one request.
    var halves: [[String]] { [Array(prefix(count / 2)), Array(dropFirst(count / 2))] }
}

extension WireValue {
    static func names(_ names: [String]) -> WireValue { .array(names.map { .string($0) }) }
}
