import EventLoops

/// A publisher that waits for room in a connection's outbound queue.
struct RoomWaiter {
    let timer: TimerToken
    let resume: () -> Void
}

// MARK: - Shared messages

extension ServerConnection {
    /// Longer than any process runs, but short enough to be added to a clock's instant without overflow.
    private static let longestWait = Duration.seconds(1_000_000_000)

    /// Sends a message that other connections receive too, or applies the slow-consumer policy if the peer is slow.
    /// - Parameters:
    ///   - channel: The message's channel; nil if it has none.
    ///   - policy: The channel's policy. The connection's own policy takes precedence; the server's policy is the
    ///     fallback.
    ///   - isAwaited: Whether the publisher waits if the outcome is ``DeliveryOutcome/mustWait(atMost:)``.
    func deliver(
        _ message: SharedMessage, channel: String?, policy: SlowConsumerPolicy?, isAwaited: Bool
    ) -> DeliveryOutcome {
        guard link.isOpen, !closesIfExpired() else { return .closed }
        guard outbound.isEmpty, link.hasRoom else {
            return deliverLate(message, channel: channel, policy: policy, isAwaited: isAwaited)
        }
        link.send(message)
        return .sent
    }

    @inline(never)
    private func deliverLate(
        _ message: SharedMessage, channel: String?, policy: SlowConsumerPolicy?, isAwaited: Bool
    ) -> DeliveryOutcome {
        if findsRoom() {
            link.send(message)
            return .sent
        }
        let policy = connection?.slowConsumers ?? policy ?? serverLoop.context.configuration.slowConsumers
        defer { noteWaiting() }
        switch outbound.append(message, channel: channel, policy.keeping(isAwaited: isAwaited)) {
        case .queued(let replaced, let dropped):
            count(dropped: dropped, replaced: replaced ? 1 : 0)
            link.noteWaiting()
            return .queued(replaced: replaced, dropped: dropped)
        case .queuedAboveCap:
            link.noteWaiting()
            guard case .wait(let time) = policy else { return .queued(replaced: false, dropped: 0) }
            return .mustWait(atMost: time)
        case .dropped:
            count(dropped: 1, replaced: 0)
            return .dropped
        case .overfull:
            closeAsSlow()
            return .disconnected
        }
    }

    /// Calls `resume` once, when the outbound queue has room again, the connection closes, or the time has elapsed. In
    /// the last case, the connection is closed as a slow consumer.
    ///
    /// `resume` must not send synchronously, because the connection may be closing.
    func whenRoom(atMost time: Duration, _ resume: @escaping () -> Void) {
        guard link.isOpen, !outbound.hasRoom else { return resume() }
        let timer = serverLoop.loop.schedule(after: min(time, Self.longestWait)) { [weak self] in self?.closeAsSlow() }
        roomWaiters.append(RoomWaiter(timer: timer, resume: resume))
    }

    func resumeRoomWaiters() {
        let waiters = roomWaiters
        roomWaiters = []
        for waiter in waiters {
            serverLoop.loop.cancel(waiter.timer)
            waiter.resume()
        }
    }

    /// The number of bytes queued for the peer, in the socket and in the outbound queue.
    var queuedBytes: Int { link.queuedBytes + outbound.bytes }

    private func noteWaiting() {
        hub.slowConsumers.note(waiting: queuedBytes)
    }

    private func count(dropped: Int, replaced: Int) {
        guard dropped + replaced > 0 else { return }
        hub.slowConsumers.count(dropped: dropped, replaced: replaced)
        connection?.countDropped(dropped + replaced)
    }

    /// Closes the connection of a slow consumer. Drops the queued messages, so that the peer receives the close frame
    /// soon.
    private func closeAsSlow() {
        guard link.isOpen else { return }
        hub.slowConsumers.countDisconnection()
        outbound.removeAll()
        close(.tryAgainLater, reason: "Slow consumer")
    }
}

extension SlowConsumerPolicy {
    fileprivate func keeping(isAwaited: Bool) -> OutboundQueue.Keeping {
        switch self {
        case .disconnect: .always
        case .dropOldest: .droppable
        case .keepLatest: .latest
        case .wait: isAwaited ? .alwaysAboveCap : .always
        }
    }
}

// MARK: - Messages to this peer only

extension ServerConnection {
    /// Sends a message that is not a reply. If too many bytes are queued for the peer, the connection is closed
    /// instead.
    /// - Parameter kind: The kind of message; nil for the kind that this connection uses for packets.
    func push(_ kind: MessageKind?, _ bytes: [UInt8]) {
        guard link.isOpen, !closesIfExpired() else { return }
        let kind = kind ?? replyKind
        guard !findsRoom() else { return link.send(kind) { $0.append(contentsOf: bytes) } }
        switch outbound.append(kind, sent: bytes) {
        case .queued(_, let dropped):
            count(dropped: dropped, replaced: 0)
            noteWaiting()
            answerWaits()
        case .queuedAboveCap, .dropped, .overfull: closeAsSlow()
        }
    }

    /// Whether a message can be passed to the socket directly. Flushes first, because data queued in this turn has not
    /// been offered to the operating system yet.
    private func findsRoom() -> Bool {
        guard outbound.isEmpty else { return false }
        if !link.hasRoom { link.flushNow() }
        return link.hasRoom
    }

    /// Appends a reply to the queue. If not even an error fits, the connection is closed.
    /// - Returns: False if the reply was dropped. Then an error must be sent instead.
    func queue(_ reply: QueuedReply) -> Bool {
        guard link.isOpen else { return true }
        switch outbound.append(reply) {
        case .queued: answerWaits()
        case .dropped: return false
        case .overfull: closeAsSlow()
        }
        return true
    }

    /// Pauses reading from a peer that sends requests but does not read the replies. Bytes in the socket are not
    /// counted, because they may belong to shared messages.
    private func answerWaits() {
        link.noteWaiting()
        if outbound.answerBytes > WebSocketLink.highWatermark - link.room { link.pause(.answersWait) }
    }
}

// MARK: - When there is room again

extension ServerConnection {
    /// Sends queued messages while there is room. Then resumes waiting publishers, waiting messages, one stream, and
    /// reading from the peer.
    func linkDidDrain(_ link: WebSocketLink) {
        guard !closesIfExpired() else { return }
        while link.isOpen, link.hasRoom, let content = outbound.popFirst() { send(content) }
        if !outbound.isEmpty { link.noteWaiting() }
        if outbound.hasRoom { resumeRoomWaiters() }
        callsMayBegin()
        // A stream continues even if other messages are queued before its next element. Otherwise a flood of messages
        // would block all streams.
        guard outbound.answerBytes <= link.room else { return }
        wakeNextProducer()
        if outbound.answerBytes <= link.room { resume(.answersWait) }
    }

    /// Sends the queued messages before the close frame.
    func linkWillClose(_ link: WebSocketLink) {
        connection?.change(to: .closing)
        while let content = outbound.popFirst() {
            switch content {
            case .bytes, .reply: send(content)
            // A shared message is in many queues; copying it for each of them at once would use a lot of memory.
            case .shared: if link.hasRoom { send(content) }
            }
        }
        resumeRoomWaiters()
    }

    private func send(_ content: OutboundQueue.Content) {
        switch content {
        case .shared(let message): link.send(message)
        case .bytes(let kind, let bytes): link.send(kind) { $0.append(contentsOf: bytes) }
        case .reply(let reply): reply.withBytes { bytes in link.send(reply.kind) { $0.append(contentsOf: bytes) } }
        }
    }
}
