import EventLoops

extension ClientSession {
    func noteReceived(_ kind: MessageKind, _ bytes: UnsafeRawBufferPointer) {
        status.messagesReceived.add(1, ordering: .relaxed)
        if observers.wantMessages { observers.tell(message: .received(Message(kind, bytes))) }
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

    /// - Parameter bytes: the size of the packet's message.
    func didReceive(_ packet: Packet, bytes: Int) {
        switch received.arrived(packet, bytes: bytes) {
        case .handOver(let receiver): receiver.resume(returning: .success(packet))
        case .kept:
            if received.isOverfull { inboxOverflowed() }
            updatePause()
        }
    }

    /// A client that has never received anything is not interested in packets: the oldest go, and its calls go on.
    /// Another one must not miss packets without knowing: its connection ends, and is replaced after a pause.
    private func inboxOverflowed() {
        guard !received.wasReadFrom else {
            connection?.close(.policyViolation, reason: "Inbox full: packets were not received")
            return
        }
        let dropped = received.dropExcess()
        status.packetsDropped.add(dropped, ordering: .relaxed)
        observers.log(
            .warning, .clientEvent(.dropped), "the inbox is full and was never read; the oldest packets are dropped")
    }

    func didReceive(_ response: RPCResponse) {
        if let call = pending[response.callID] {
            reply(to: call, response)
        } else if let stream = streams[response.callID] {
            didReceive(response, of: stream)
        }
    }

    /// Fails the call or the stream that a refused response belongs to.
    func didRefuseResponse(to callID: String, _ error: PacketError) {
        let failure = ClientError(.unexpectedReply, "the reply is refused: \(error)")
        if streams[callID] != nil {
            giveUp(stream: callID) { _ in failure }
        } else {
            end(callID, .failure(failure))
        }
    }

    /// Whether a call or a stream waits for a response.
    func awaits(_ callID: String) -> Bool { pending[callID] != nil || streams[callID] != nil }

    /// Packets and elements that are not taken hold up reading, but not while a call waits for its reply, the consumer
    /// of another stream for an element, or everything for a sign of life.
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
