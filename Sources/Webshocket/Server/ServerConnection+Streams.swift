extension ServerConnection {
    /// How many elements a producer that is never made to wait sends before others get their turn.
    private static let longestBurst = 16

    /// - Throws: ``RPCErrorCode/overloaded`` at the cap, ``RPCErrorCode/invalidParameters`` for an id that another
    ///   stream has.
    func begin(stream call: CallInFlight, timeout: Duration?) throws(RPCError) {
        guard !call.isNotification else {
            throw RPCError("a stream cannot be called without a reply", code: .invalidParameters)
        }
        // Those that have ended count too, but later: their tasks may take a while to heed it, or for ever.
        guard calls.streams.count < limits.streams, streamsRunning < 2 * limits.streams else {
            throw RPCError("\(limits.streams) streams are open on this connection", code: .overloaded)
        }
        guard calls.streams[call.id] == nil else {
            throw RPCError("another stream has this call_id", code: .invalidParameters)
        }
        streamsRunning += 1
        calls.add(call)
        setDeadline(of: call, after: timeout)
    }

    /// Sends the next element when the consumer will take it and there is room for it.
    /// - Throws: `CancellationError` when the stream is over; what keeps the element from being sent.
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
            // Woken, it has its turn, even if others were quicker to take the room.
            await withCheckedContinuation { call.producer = .awaitsRoom($0) }
        }
        // Room for one is often room for the next; when this one takes the last of it, it will stand behind that one.
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

    /// - Returns: whether it was credit; a call that is no stream takes any.
    func grant(_ elements: Int, to call: CallInFlight) -> Bool {
        guard call.isStream else { return true }
        guard call.flow.grant(elements) else { return false }
        call.creditWasGranted()
        return true
    }

    private var hasRoomForElements: Bool { outbound.isEmpty && link.hasRoom }

    /// Lets the stream that has waited longest for room go on.
    func wakeNextProducer() {
        guard !streamsWithoutRoom.isEmpty else { return }
        streamsWithoutRoom.removeFirst().roomWasFound()
        noteStreamsWait()
    }

    /// Sees to it that the next stream has its turn, even if nobody else waits for the peer to read.
    private func noteStreamsWait() {
        if !streamsWithoutRoom.isEmpty { link.noteWaiting() }
    }
}
