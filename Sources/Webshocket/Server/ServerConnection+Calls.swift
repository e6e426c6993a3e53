import EventLoops

extension ServerConnection {
    func begin(_ call: CallInFlight, timeout: Duration?) {
        callsInFlight += 1
        call.requestBytes = messageBytes
        requestBytesInFlight += messageBytes
        calls.add(call)
        setDeadline(of: call, after: timeout)
    }

    /// Whether another call may begin. A call counts until its reply has left the outbound queue.
    @inline(__always)
    var hasRoomForCalls: Bool {
        callsInFlight + outbound.replyCount < limits.callsInFlight && requestBytesInFlight < limits.requestBytes
    }

    /// Replies. The reply is encoded now, so that its size is known, and waits if the caller does not read.
    func end<Result>(
        _ call: CallInFlight, _ outcome: Swift.Result<Result, any Error>, using encoding: WireEncoding<Result>
    ) {
        forget(call)
        guard link.isOpen, !closesIfExpired() else { return }
        callsInFlight -= 1
        requestBytesInFlight -= call.requestBytes
        if !call.isAnswered { reply(to: call, outcome, using: encoding) }
        callsMayBegin()
    }

    /// Begins the request that is held, or ends a graceful shutdown that has no more calls to wait for.
    func callsMayBegin() {
        guard link.isOpen else { return }
        beginHeldRequest()
        closeIfDrained()
    }

    /// Keeps a request until a call has ended. Only now does reading pause: as long as there is room in flight, or
    /// nothing more is asked for, an abort or a grant is heard.
    func hold(_ request: Message) {
        heldRequest = request
        link.pause(.callsInFlight)
    }

    /// At a shutdown it is refused like all that come.
    func beginHeldRequest() {
        guard heldRequest != nil, hasRoomForCalls || isDraining, let request = heldRequest.take() else { return }
        request.withBytes { kind, bytes in link(link, didReceive: kind, bytes) }
        if heldRequest == nil { link.resume(.callsInFlight) }
    }

    private func reply<Result>(
        to call: CallInFlight, _ outcome: Swift.Result<Result, any Error>, using encoding: WireEncoding<Result>
    ) {
        call.id.withUnsafeBytes { id in
            switch outcome {
            case .success(let result):
                if !call.isNotification { reply(to: id, result, using: encoding) }
            case .failure(let error):
                // Made for a notification too: a foreign error belongs into the log.
                let answer = answer(for: error)
                if !call.isNotification { fail(id, answer) }
            }
        }
    }

    /// Answers a call with an error before its method has come to an end, and has that cancelled.
    func stop(_ call: CallInFlight, _ error: RPCError) {
        guard !call.isAnswered else { return }
        call.isAnswered = true
        if !call.isNotification {
            call.id.withUnsafeBytes { fail($0, error, isStream: call.isStream) }
        }
        // From here on the id may be that of another stream, although this one's task may take its time to end.
        if call.isStream { calls.remove(call) }
        cancel(call)
    }

    /// A stream ends here and now. A call with one response goes on until its method heeds the cancellation: if it
    /// has done its work all the same, the caller had better hear of it.
    func abort(_ call: CallInFlight) {
        if call.isStream { stop(call, .cancelled) } else { cancel(call) }
    }

    private func cancel(_ call: CallInFlight) {
        if let task = call.task { tasks.cancel(task) }
        streamsWithoutRoom.removeAll { $0 === call }
        call.endWait()
    }

    func setDeadline(of call: CallInFlight, after timeout: Duration?) {
        guard let timeout else { return }
        call.deadline = serverLoop.loop.schedule(after: timeout) { [weak self] in
            call.deadline = nil
            self?.stop(call, .deadlineExceeded)
        }
    }

    func forget(_ call: CallInFlight) {
        if let deadline = call.deadline.take() { serverLoop.loop.cancel(deadline) }
        calls.remove(call)
    }

    /// At the connection's end: whatever still runs is told so.
    func endCalls() {
        outbound.removeAll()
        resumeRoomWaiters()
        heldRequest = nil
        streamsWithoutRoom = []
        for call in calls.removeAll() {
            if let deadline = call.deadline.take() { serverLoop.loop.cancel(deadline) }
            call.endWait()
        }
        tasks.cancelAll()
    }
}
