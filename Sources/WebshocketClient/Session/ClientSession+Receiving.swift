import EventLoops

extension ClientSession {
    func noteReceived(_ kind: MessageKind, _ bytes: UnsafeRawBufferPointer) {
        status.messagesReceived.add(1, ordering: .relaxed)
        if observers.wantMessages { observers.tell(message: .received(WebSocketMessage(kind, bytes))) }
    }

    func receive(_ receiver: ReceivedPackets.Receiver, id: UInt64) {
        if let packet = received.take() {
            updatePause()
            return receiver.resume(returning: .success(packet))
        }
        switch machine.phase {
        case .idle, .closed: receiver.resume(returning: .failure(absence))
        case .connecting, .preparing, .open, .waiting, .closing: received.wait(receiver, id: id)
        }
    }

    func stopReceiving(_ id: UInt64) {
        received.stopWaiting(id)?.resume(returning: .failure(CancellationError()))
    }

    /// Delivers a packet or adds it to the inbox.
    /// - Parameter bytes: The size of the packet's message.
    func didReceive(_ packet: Packet, bytes: Int) {
        switch received.arrived(packet, bytes: bytes) {
        case .handOver(let receiver): receiver.resume(returning: .success(packet))
        case .kept:
            if received.isOverfull { inboxOverflowed() }
            updatePause()
        }
    }

    /// Handles an inbox overflow. If the application never received a packet, the oldest are dropped and calls
    /// continue. Otherwise the connection is closed and replaced after a pause, so that the application learns of
    /// missing packets.
    private func inboxOverflowed() {
        guard !received.wasReadFrom else {
            connection?.close(.policyViolation, reason: "Inbox full: packets were not received")
            return
        }
        let dropped = received.dropExcess()
        status.packetsDropped.add(dropped, ordering: .relaxed)
        observers.log(
            .warning, .clientEvent(.dropped), "the inbox is full and was never read; dropping the oldest packets")
    }

    func didReceive(_ response: RPCResponse) {
        if let call = pending[response.callID] {
            reply(to: call, response)
        } else if let stream = streams[response.callID] {
            didReceive(response, of: stream)
        }
    }

    /// Fails the call or the stream that an invalid response belongs to.
    func didRefuseResponse(to callID: String, _ error: PacketError) {
        let failure = ClientError(.unexpectedReply, "the response is not valid: \(error)")
        if streams[callID] != nil {
            giveUp(stream: callID) { _ in failure }
        } else {
            end(callID, .failure(failure))
        }
    }

    /// Whether a call or a stream waits for a response with this ID.
    func awaits(_ callID: String) -> Bool { pending[callID] != nil || streams[callID] != nil }

    /// Pauses or resumes reading. Reading pauses if the inbox is full or a stream is held up. It continues while a call
    /// waits for its response, a consumer waits for an element, or the session waits for a pong.
    func updatePause() {
        guard let link = connection?.link else { return }
        let isAwaited = !pending.isEmpty || streams.waiting > 0 || silence?.isHolding == true
        if received.isFull || streams.heldUp > 0, !isAwaited {
            link.pause(.inbox)
        } else {
            link.resume(.inbox)
        }
    }
}
