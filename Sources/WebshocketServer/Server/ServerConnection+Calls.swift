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

    /// Ends a call with its reply. The reply is encoded now to know its size, and is queued if the caller does not
    /// read.
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

    /// Begins calls that wait, or completes a graceful shutdown that has no more calls to wait for.
    func callsMayBegin() {
        guard link.isOpen else { return }
        processWaiting()
        closeIfDrained()
    }

    private func reply<Result>(
        to call: CallInFlight, _ outcome: Swift.Result<Result, any Error>, using encoding: WireEncoding<Result>
    ) {
        call.id.withUnsafeBytes { id in
            switch outcome {
            case .success(let result):
                if !call.isNotification { reply(to: id, result, using: encoding) }
            case .failure(let error):
                // Needed for a notification too, because an error that is not an `RPCError` is logged.
                let answer = answer(for: error)
                if !call.isNotification { fail(id, answer) }
            }
        }
    }

    /// Answers a call with an error before its method has ended, and cancels the method's task.
    func stop(_ call: CallInFlight, _ error: RPCError) {
        guard !call.isAnswered else { return }
        call.isAnswered = true
        if !call.isNotification {
            call.id.withUnsafeBytes { fail($0, error, isStream: call.isStream) }
        }
        // From here on, another stream may use the call ID, although this stream's task may take time to end.
        if call.isStream { calls.remove(call) }
        cancel(call)
    }

    /// Aborts a call. A stream ends immediately. A call with one response continues until its method reacts to the
    /// cancellation: if the method completes anyway, the caller should receive the result.
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

    /// Cancels all calls when the connection has ended.
    func endCalls() {
        outbound.removeAll()
        resumeRoomWaiters()
        backlog = nil
        streamsWithoutRoom = []
        for call in calls.removeAll() {
            if let deadline = call.deadline.take() { serverLoop.loop.cancel(deadline) }
            call.endWait()
        }
        tasks.cancelAll()
    }
}
