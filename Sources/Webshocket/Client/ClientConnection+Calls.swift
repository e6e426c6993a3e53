import EventLoops

extension ClientConnection {
    func call(
        _ id: String, _ kind: MessageKind, _ bytes: [UInt8], timeout: Duration?,
        _ continuation: CheckedContinuation<PendingCalls.Reply, Never>
    ) {
        let request = OutgoingMessage(kind, bytes) { [weak self] error in
            if let error { self?.end(id, .failure(error)) }
        }
        let timer = timeout.map { timeout in
            loop.schedule(after: timeout) { [weak self] in
                self?.giveUp(id) { ClientError.timedOut(timeout, $0) }
            }
        }
        pending.add(
            PendingCalls.Waiter(continuation: continuation, request: request, timeout: timeout, timer: timer), id: id)
        updatePause()
        send(request)
    }

    /// Ends a call that still waits, here and on the server, because its task was cancelled; harmless for any other.
    func cancel(_ id: String) {
        giveUp(id) { _ in CancellationError() }
    }

    private func giveUp(_ id: String, _ error: (ClientError.Delivery) -> any Error) {
        guard let call = pending[id] else { return }
        end(id, .failure(error(abort(id, call.request))))
    }

    /// Keeps a request from being sent, or has the server cancel what it has begun.
    func abort(_ id: String, _ request: OutgoingMessage) -> ClientError.Delivery {
        if request.takeBack() { return .notSent }
        order("__abort__", [.string(id)])
        return .maybeExecuted
    }

    func reply(to call: PendingCalls.Waiter, _ response: RPCResponse) {
        let id = response.callID
        if response.error == nil, response.isStream {
            if !response.isEnd { order("__abort__", [.string(id)]) }
            end(id, .failure(ClientError(.unexpectedReply, "the method streams; call it with streamRPC")))
        } else if response.error == .deadlineExceeded, let timeout = call.timeout {
            end(id, .failure(ClientError.timedOut(timeout, .maybeExecuted)))
        } else {
            end(id, .success(response))
        }
    }

    /// Ends a call that still waits; harmless for any other.
    private func end(_ id: String, _ reply: PendingCalls.Reply) {
        guard let call = pending.remove(id) else { return }
        if let timer = call.timer { loop.cancel(timer) }
        call.continuation.resume(returning: reply)
        updatePause()
    }

    /// At the connection's end.
    func endCalls(_ closure: ConnectionClosure) {
        let bytesTaken = link.socket.bytesTaken
        for call in pending.removeAll() {
            if let timer = call.timer { loop.cancel(timer) }
            let delivery = call.request.delivery(bytesTaken: bytesTaken)
            call.continuation.resume(returning: .failure(ClientError.lost(closure, delivery)))
        }
    }
}
