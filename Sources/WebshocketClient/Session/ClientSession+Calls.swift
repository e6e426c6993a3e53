import EventLoops

extension ClientSession {
    /// Makes a call.
    /// - Parameter answered: Called once, with the response or the error.
    func call(_ call: ClientCall, _ answered: @escaping (PendingCalls.Reply) -> Void) {
        var call = call
        let id = call.id
        guard declare(&call) else { return answered(.success(RPCResponse(callID: id))) }
        let isInterest = call.interest != nil
        let request = OutgoingMessage(
            call.kind, call.bytes, keeps: call.isIdempotent ? .forRepetition : .forRefusal, way: call.way
        ) { [weak self] error in
            if let error {
                self?.end(id, .failure(error))
            } else if isInterest {
                self?.interests.wasWritten(id)
            }
        }
        let timer = call.timeout.map { timeout in
            loop.schedule(after: timeout) { [weak self] in
                self?.giveUp(id) { ClientError.timedOut(timeout, $0) }
            }
        }
        pending.add(
            PendingCalls.Waiter(
                request: request, timeout: call.timeout, timer: timer, interest: call.interest, answered: answered),
            id: id)
        updatePause()
        send(request)
    }

    /// Ends a pending call here and on the server because its task was cancelled; a no-op for other calls.
    func cancel(_ id: String) {
        giveUp(id) { _ in CancellationError() }
    }

    private func giveUp(_ id: String, _ error: (ClientError.Delivery) -> any Error) {
        guard let call = pending[id] else { return }
        end(id, .failure(error(abort(id, call.request))))
    }

    /// Prevents a request from being sent, or asks the server to cancel it.
    func abort(_ id: String, _ request: OutgoingMessage) -> ClientError.Delivery {
        let delivery = request.deliveryWhileWaiting
        if takeBack(request) { return delivery }
        order(ProtocolMethod.abort.name, [.string(id)])
        return .maybeExecuted
    }

    func reply(to call: PendingCalls.Waiter, _ response: RPCResponse) {
        let id = response.callID
        if response.error == nil, response.isStream {
            if !response.isEnd { order(ProtocolMethod.abort.name, [.string(id)]) }
            end(id, .failure(ClientError(.unexpectedReply, "the method streams; call it with streamRPC")))
        } else if let error = response.rpcError, error.code == .shuttingDown, call.request.way.isBehindOthers {
            keepRefused(id, call, error)
        } else if response.error == .deadlineExceeded, let timeout = call.timeout {
            end(id, .failure(ClientError.timedOut(timeout, .maybeExecuted)))
        } else if response.error == nil, let fault = call.interest?.fault(of: response) {
            end(id, .failure(fault))
        } else {
            end(id, .success(response))
        }
    }

    /// Ends a pending call; a no-op for other calls.
    func end(_ id: String, _ reply: PendingCalls.Reply) {
        guard let call = pending.remove(id) else { return }
        if let timer = call.timer { loop.cancel(timer) }
        endExpiry(of: call.request)
        if call.interest != nil { perform(interests.ended(id, reply.outcome)) }
        call.answered(reply)
        updatePause()
    }
}
