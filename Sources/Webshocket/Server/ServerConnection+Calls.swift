import EventLoops

extension ServerConnection {
    func begin(_ call: CallInFlight, timeout: Duration?) {
        callsInFlight += 1
        calls.add(call)
        setDeadline(of: call, after: timeout)
    }

    /// Replies, now or when the caller has read enough of what it was sent before.
    func end<Result>(
        _ call: CallInFlight, _ outcome: Swift.Result<Result, any Error>, using encoding: WireEncoding<Result>
    ) {
        forget(call)
        guard link.isOpen else { return }
        let finish = { [self] in
            callsInFlight -= 1
            if !call.isAnswered { reply(to: call, outcome, using: encoding) }
            isReplyingLate = false
            beginHeldRequest()
            closeIfDrained()
        }
        guard !outbound.isEmpty || link.isCongested, !call.isAnswered else { return finish() }
        outbound.append(ended: { [self] in
            isReplyingLate = true
            finish()
        })
        link.noteWaiting()
    }

    /// Keeps a request until a call has ended. Only now does reading pause: as long as there is room in flight, or
    /// nothing more is asked for, an abort or a grant is heard.
    func hold(_ request: Message) {
        heldRequest = request
        link.pause(.callsInFlight)
    }

    /// At a shutdown it is refused like all that come.
    func beginHeldRequest() {
        guard callsInFlight < limits.callsInFlight || isDraining, let request = heldRequest.take() else { return }
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
