import EventLoops

/// A publisher that waits for room in a connection's outbound queue.
struct RoomWaiter {
    let timer: TimerToken
    let resume: () -> Void
}

// MARK: - What is for many

extension ServerConnection {
    /// Longer than any process runs, and short enough to be added to a point in time.
    private static let longestWait = Duration.seconds(1_000_000_000)

    /// Sends a message that other connections get too, or does with it what is declared for peers that are slow.
    /// - Parameters:
    ///   - channel: what the message is of, where it is of one.
    ///   - policy: what the channel says; the connection's own word goes before it, the server's behind it.
    ///   - isAwaited: whether the publisher will wait when told to.
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

    /// Calls `resume` once: when the outbound queue is below its cap again, when the connection closes, or when the
    /// time is over, with the connection closed as slow. It must not send from inside, where the connection may be
    /// closing.
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

    /// Bytes that wait for the peer to read them, at the socket and behind it.
    var queuedBytes: Int { link.socket.queuedBytes + outbound.bytes }

    private func noteWaiting() {
        hub.slowConsumers.note(waiting: queuedBytes)
    }

    private func count(dropped: Int, replaced: Int) {
        guard dropped + replaced > 0 else { return }
        hub.slowConsumers.count(dropped: dropped, replaced: replaced)
        connection?.countDropped(dropped + replaced)
    }

    /// The peer shall hear of it soon: what waits for it to read is let go.
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

// MARK: - What is for this peer

extension ServerConnection {
    /// Sends a message that is no reply; a peer that has let too many bytes gather is disconnected instead.
    /// - Parameter kind: nil for what this connection's packets are sent in.
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

    /// Whether nothing waits and the socket takes more. What this turn has queued was not offered to the system yet.
    private func findsRoom() -> Bool {
        guard outbound.isEmpty else { return false }
        if !link.hasRoom { link.socket.flushNow() }
        return link.hasRoom
    }

    /// Appends a reply to the queue. If not even an error would find room, the connection is closed.
    /// - Returns: false if the reply was dropped and an error must take its place.
    func queue(_ reply: QueuedReply) -> Bool {
        guard link.isOpen else { return true }
        switch outbound.append(reply) {
        case .queued: answerWaits()
        case .dropped: return false
        case .overfull: closeAsSlow()
        }
        return true
    }

    /// A peer that asks on and does not read is not read from. What the socket holds is not asked: it may be what
    /// others get too.
    private func answerWaits() {
        link.noteWaiting()
        if outbound.answerBytes > link.socket.highWatermark - link.socket.lowWatermark { link.pause(.answersWait) }
    }
}

// MARK: - When there is room again

extension ServerConnection {
    /// Sends what has waited as far as there is room, then lets others go on: who publishes, one stream, who asks.
    func linkDidDrain(_ link: WebSocketLink) {
        guard !closesIfExpired() else { return }
        while link.isOpen, link.hasRoom, let content = outbound.popFirst() { send(content) }
        if !outbound.isEmpty { link.noteWaiting() }
        if outbound.hasRoom { resumeRoomWaiters() }
        callsMayBegin()
        // Its element may stand behind what waits, or no stream would ever go on beside a flood of messages.
        guard outbound.answerBytes <= link.socket.lowWatermark else { return }
        wakeNextProducer()
        if outbound.answerBytes <= link.socket.lowWatermark { link.resume(.answersWait) }
    }

    /// Leaves nothing behind the close frame that was sent before it.
    func linkWillClose(_ link: WebSocketLink) {
        connection?.change(to: .closing)
        while let content = outbound.popFirst() {
            switch content {
            case .bytes, .reply: send(content)
            // Shared by many queues, and a copy for each of them would be a lot at once.
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
