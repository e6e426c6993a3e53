extension ServerConnection {
    /// The number of elements that a producer sends without waiting before it yields to other tasks.
    private static let longestBurst = 16

    /// Begins a stream.
    /// - Throws: ``RPCErrorCode/overloaded`` if too many streams are open, ``RPCErrorCode/invalidParameters`` if the
    ///   call is a notification or another stream uses the call ID.
    func begin(stream call: CallInFlight, timeout: Duration?) throws(RPCError) {
        guard !call.isNotification else {
            throw RPCError("a stream cannot be called as a notification", code: .invalidParameters)
        }
        // Tasks of ended streams count too, with a second limit: they may take long to react to the cancellation, or
        // never do.
        guard calls.streams.count < limits.streams, streamsRunning < 2 * limits.streams else {
            throw RPCError("too many open streams: the limit is \(limits.streams) per connection", code: .overloaded)
        }
        guard calls.streams[call.id] == nil else {
            throw RPCError("call_id is already in use by another stream", code: .invalidParameters)
        }
        streamsRunning += 1
        calls.add(call)
        setDeadline(of: call, after: timeout)
    }

    /// Sends the next element, after waiting for credit from the consumer and for room in the outbound queue.
    /// - Throws: `CancellationError` if the stream has ended, or the error that prevents the element from being sent.
    nonisolated(nonsending) func send<Element>(
        _ element: Element, of call: CallInFlight, using encoding: WireEncoding<Element>
    ) async throws {
        call.burst += 1
        if call.burst >= Self.longestBurst {
            call.burst = 0
            await Task.yield()
        }
        while isOpen(call), !call.flow.maySend {
            await withCheckedContinuation { call.producer = .awaitsCredit($0) }
        }
        if isOpen(call), !hasRoomForElements {
            link.noteWaiting()
            streamsWithoutRoom.append(call)
            // After it is resumed, the stream may send even if other tasks have used up the room again.
            await withCheckedContinuation { call.producer = .awaitsRoom($0) }
        }
        // If there is still room after this element, the next stream continues. If not, its element will be queued
        // after this one.
        defer { if hasRoomForElements { wakeNextProducer() } else { noteStreamsWait() } }
        guard isOpen(call), !closesIfExpired() else { throw CancellationError() }
        try call.id.withUnsafeBytes { id in try send(element, to: id, using: encoding, isStream: true) }
        call.flow.elementWasSent()
    }

    func end(stream call: CallInFlight, _ failure: (any Error)?) {
        let wasOpen = isOpen(call)
        streamsRunning -= 1
        forget(call)
        guard wasOpen, !closesIfExpired() else { return }
        call.isAnswered = true
        call.id.withUnsafeBytes { id in
            if let failure { fail(id, answer(for: failure), isStream: true) } else { sendStreamEnd(to: id) }
        }
    }

    private func isOpen(_ call: CallInFlight) -> Bool {
        link.isOpen && !call.isAnswered
    }

    /// Grants credit to a call.
    /// - Returns: Whether the number is valid. A call that is not a stream accepts any number.
    func grant(_ elements: Int, to call: CallInFlight) -> Bool {
        guard call.isStream else { return true }
        guard call.flow.grant(elements) else { return false }
        call.creditWasGranted()
        return true
    }

    private var hasRoomForElements: Bool { outbound.isEmpty && link.hasRoom }

    /// Resumes the stream that has waited longest for room.
    func wakeNextProducer() {
        guard !streamsWithoutRoom.isEmpty else { return }
        streamsWithoutRoom.removeFirst().roomWasFound()
        noteStreamsWait()
    }

    /// Ensures that the next stream is resumed even if nothing else waits for the peer to read.
    private func noteStreamsWait() {
        if !streamsWithoutRoom.isEmpty { link.noteWaiting() }
    }
}
