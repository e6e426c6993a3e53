import Bytes
import EventLoops

extension ClientSession {
    /// Sends a message: immediately, when the server has read enough of the earlier messages, or when a connection is
    /// open.
    func send(_ message: OutgoingMessage) {
        switch (machine.phase, message.way) {
        case (.open, .ahead): write(message)
        case (.open, _):
            guard passesLimits(message) else { return }
            guard shutdown == nil else { return holdForNext(message) }
            enqueue(message)
            sendWaiting()
        case (.preparing, .preparing(let prepared)) where isPrepared(by: prepared): write(message)
        case (.connecting, _), (.preparing, _), (.waiting, _): keep(message)
        case (.idle, _), (.closing, _), (.closed, _): message.failed(unavailable)
        }
    }

    /// Fails a message that exceeds the server's limits. Each message is checked once for the limits of a connection.
    /// - Returns: Whether the message may be sent.
    private func passesLimits(_ message: OutgoingMessage) -> Bool {
        guard message.checkedLimits != limits, let bytes = message.waitingBytes else { return true }
        if let excess = limits.excess(of: bytes, as: message.isRaw ? nil : configuration.wire?.1) {
            message.failed(ClientError(excess))
            return false
        }
        message.checkedLimits = limits
        return true
    }

    func isPrepared(by preparing: Preparing) -> Bool {
        preparing == Preparing(session: ObjectIdentifier(self), connection: connection?.number ?? 0)
    }

    /// Removes a waiting message from the queue.
    /// - Returns: Whether the message was waiting.
    func takeBack(_ message: OutgoingMessage) -> Bool {
        guard message.takeBack() else { return false }
        forget(message)
        return true
    }

    /// Removes a waiting message from the queue and fails it with `CancellationError`. A message in the outbox stays
    /// there.
    func cancel(_ message: OutgoingMessage) {
        guard message.isWaiting else { return }
        forget(message)
        message.failed(CancellationError())
    }

    /// Sends a request to the server's framework, without waiting for a response. It bypasses the queue. The number of
    /// these requests is bounded by the number of earlier calls and elements.
    ///
    /// The ID is empty and thus not the ID of a call. It must be present, because the Python package requires one.
    func order(_ method: String, _ arguments: [WireValue]) {
        guard let connection, let (kind, codec) = configuration.wire else { return }
        var buffer = ByteBuffer()
        do {
            try codec.writeRequest(callID: "", method: method, values: arguments, into: &buffer)
        } catch {
            // IDs and numbers can always be encoded.
            return
        }
        connection.link.send(kind) { outbox in buffer.withBytes { outbox.append(contentsOf: $0) } }
        buffer.withBytes { noteSent(kind, $0) }
    }

    /// Creates the client's own call to the server's framework.
    func ownCall(
        _ method: String, _ arguments: WireValue..., timeout: Duration?, _ way: OutgoingMessage.Way
    ) throws(ClientError) -> ClientCall {
        guard let (kind, codec) = configuration.wire else { throw .notConnected }
        lastOwnCall += 1
        // The IDs of other calls do not begin with an underscore.
        let id = "_\(lastOwnCall)"
        var buffer = ByteBuffer()
        do {
            try codec.writeRequest(callID: id, method: method, values: arguments, into: &buffer)
        } catch {
            throw ClientError(.cannotEncode, "\(method): \(error)")
        }
        return ClientCall(id: id, kind: kind, bytes: buffer.array, timeout: timeout, way: way)
    }

    func sendWaiting() {
        guard case .open = machine.phase, let connection, !queue.isEmpty else { return }
        guard mayWrite(to: connection) else { return noteWaiting() }
        // A closed transport accepts all bytes but sends nothing.
        while connection.link.isOpen, !connection.link.isClosed, !connection.link.isCongested,
            let message = queue.popFirst()
        {
            message.place = nil
            endExpiry(of: message)
            write(message)
        }
        noteWaiting()
    }

    func write(_ message: OutgoingMessage) {
        guard let connection, passesLimits(message), let bytes = message.waitingBytes else { return }
        guard !connection.link.isClosed else {
            return message.failed(ClientError.lost(ConnectionClosure(.abnormal), .notSent))
        }
        connection.link.send(message.kind) { $0.append(contentsOf: bytes) }
        message.wasWritten(upTo: connection.link.bytesGiven)
        bytes.withUnsafeBytes { noteSent(message.kind, $0) }
    }

    private func noteSent(_ kind: MessageKind, _ bytes: UnsafeRawBufferPointer) {
        status.messagesSent.add(1, ordering: .relaxed)
        if observers.wantMessages { observers.tell(message: .sent(WebSocketMessage(kind, bytes))) }
    }

    private func enqueue(_ message: OutgoingMessage) {
        if message.sequence == 0 {
            lastSequence += 1
            message.sequence = lastSequence
        }
        message.place = queue.append(message, bytes: message.waitingBytes?.count ?? 0)
        noteWaiting()
    }

    func noteWaiting() {
        status.messagesQueued.store(queue.count, ordering: .relaxed)
    }

    private func forget(_ message: OutgoingMessage) {
        endExpiry(of: message)
        if let place = message.place.take() { _ = queue.remove(at: place) }
        noteWaiting()
    }
}

// MARK: - Without a connection

extension ClientSession {
    /// Keeps a message for the next connection, if there is room.
    func keep(_ message: OutgoingMessage) {
        let limits = configuration.offlineQueue
        guard limits.items > 0 else { return message.failed(ClientError.notConnected) }
        let bytes = message.waitingBytes?.count ?? 0
        guard queue.count < limits.items, bytes <= limits.bytes - queue.bytes else {
            return message.failed(ClientError.queueFull(limits))
        }
        enqueue(message)
        beginExpiry(of: message)
    }

    /// Starts the time to live of a message. It counts from the first wait without a connection, so short connections
    /// do not extend it.
    func beginExpiry(of message: OutgoingMessage) {
        endExpiry(of: message)
        let time = message.timeToLive ?? configuration.offlineQueue.timeToLive
        let end = message.end ?? loop.clock.now + time.asDelay
        message.end = end
        message.expiry = loop.schedule(after: end - loop.clock.now) { [weak self, weak message] in
            guard let self, let message else { return }
            message.expiry = nil
            forget(message)
            message.failed(ClientError.expired(time))
        }
    }

    func endExpiry(of message: OutgoingMessage) {
        message.expiry.take().map { loop.cancel($0) }
    }

    /// Stops the time to live of all messages when a connection is open. They then wait only for room in the outbox.
    func endExpiry() {
        let waiting = queue.removeAll()
        for (message, bytes) in waiting {
            endExpiry(of: message)
            message.place = queue.append(message, bytes: bytes)
        }
    }

    /// Fails the messages that cannot be sent again, and keeps all others for the next connection, in the original
    /// order.
    func keepForNext(_ closure: ConnectionClosure, _ bytesTaken: Int) {
        var kept: [OutgoingMessage] = []
        let limits = configuration.offlineQueue
        let keepsAny = limits.items > 0
        // The server may have closed the connection because of a message. If it were sent again, the next connection
        // would end too.
        let mayRevive = keepsAny && !closure.mayBeCausedByMessage
        for (id, call) in pending.sent {
            let delivery = call.request.delivery(bytesTaken: bytesTaken)
            // A message that the server refused while shutting down did not cause the close.
            if mayRevive || call.request.isRefused, call.request.revive() {
                kept.append(call.request)
            } else {
                end(id, .failure(lost(closure, delivery)))
            }
        }
        for stream in streams.all where !stream.request.isWaiting {
            end(stream, .failed(lost(closure, stream.request.delivery(bytesTaken: bytesTaken))))
        }
        let waiting = queue.removeAll().map(\.element)
        guard keepsAny else {
            for message in waiting {
                message.place = nil
                message.failed(lost(closure, .notSent))
            }
            return noteWaiting()
        }
        kept.sort { $0.sequence < $1.sequence }
        for message in kept + waiting {
            message.place = nil
            let bytes = message.waitingBytes?.count ?? 0
            guard queue.count < limits.items, bytes <= limits.bytes - queue.bytes else {
                message.failed(ClientError.queueFull(limits))
                continue
            }
            message.place = queue.append(message, bytes: bytes)
            beginExpiry(of: message)
        }
        status.messagesRequeued.add(queue.count, ordering: .relaxed)
        noteWaiting()
    }

    /// Fails the calls and streams that were sent, because there is no next connection.
    func failSent(_ closure: ConnectionClosure, _ bytesTaken: Int) {
        for (id, call) in pending.sent {
            end(id, .failure(lost(closure, call.request.delivery(bytesTaken: bytesTaken))))
        }
        for stream in streams.all where !stream.request.isWaiting {
            end(stream, .failed(lost(closure, stream.request.delivery(bytesTaken: bytesTaken))))
        }
    }

    /// Fails everything that waits, because the client is closed.
    func failAll() {
        let error = unavailable
        for (message, _) in queue.removeAll() {
            message.place = nil
            endExpiry(of: message)
            message.failed(error)
        }
        noteWaiting()
        for id in pending.ids { end(id, .failure(error)) }
        for stream in streams.all { end(stream, .failed(error)) }
        for receiver in received.removeReceivers() { receiver.resume(returning: .failure(absence)) }
    }
}
