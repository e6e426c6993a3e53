/// What a link keeps for its heartbeat besides what every message touches.
struct LinkHeartbeat {
    var pulse: Pulse
    /// Where the link waits for its turn.
    var place: DelayPlace?
    /// The socket's ``Socket/bytesGiven`` behind the last ping; nil while that waits for the peer to read.
    var endOfPing: Int?
    /// Reading was paused since the last ping or look.
    var wasPaused = false
    /// The socket's ``Socket/bytesTaken`` then.
    var bytesTaken = 0
}

extension WebSocketLink {
    func beginHeartbeat(_ heartbeat: Heartbeat) {
        var pulse = Pulse(heartbeat)
        let wait = pulse.begin()
        self.heartbeat = LinkHeartbeat(pulse: pulse)
        askPulse(after: wait)
    }

    /// From the closing handshake on its own deadline counts.
    func endHeartbeat() {
        heartbeat.take()?.place?.giveUp()
    }

    /// Sends the ping that has waited for the peer to read.
    func sendWaitingPing() {
        guard let heartbeat, heartbeat.endOfPing == nil, heartbeat.pulse.isAwaiting else { return }
        sendPing()
    }

    /// Sends a ping with a payload, besides those of the heartbeat.
    func ping(_ payload: [UInt8]) {
        guard isOpen else { return }
        payload.withUnsafeBytes { writer.writePing($0, into: &socket.outbox) }
        socket.setNeedsFlush()
    }

    private func askPulse(after time: Duration) {
        heartbeat?.place = DelayLines.of(socket.loop).wait(self, for: time)
    }

    /// One ping waits at most, and as a mark alone.
    private func sendPing() {
        guard !isCongested else {
            heartbeat?.endOfPing = nil
            return socket.noteCongestion()
        }
        writer.writePing(UnsafeRawBufferPointer(start: nil, count: 0), into: &socket.outbox)
        heartbeat?.endOfPing = socket.bytesGiven
        socket.setNeedsFlush()
    }

    private func sendPong() {
        guard !isCongested else { return }
        writer.writePong(UnsafeRawBufferPointer(start: nil, count: 0), into: &socket.outbox)
        socket.setNeedsFlush()
    }

    private func forgetSight() {
        hasLife = false
        bytesReceived = 0
        heartbeat?.wasPaused = false
        heartbeat?.bytesTaken = socket.bytesTaken
    }

    private func sight(_ heartbeat: LinkHeartbeat) -> Pulse.Sight {
        let hasPingLeft = heartbeat.endOfPing.map { $0 <= socket.bytesTaken } ?? false
        // A server that reads nothing sends pongs meanwhile, if it is one of ours; a client may just take its time.
        let isStuck = !isServer && socket.bytesTaken == heartbeat.bytesTaken
        return Pulse.Sight(
            hasLife: hasLife || bytesReceived >= Pulse.bytesOfLife,
            canTell: (hasPingLeft || isStuck) && !isPaused && !heartbeat.wasPaused, isPaused: isPaused)
    }
}

extension WebSocketLink: Delayed {
    func delayDidEnd() {
        guard var heartbeat else { return }
        heartbeat.place = nil
        let action = heartbeat.pulse.waited(sight(heartbeat))
        self.heartbeat = heartbeat
        switch action {
        case .giveUp: giveUp()
        case .go(let step):
            if step.forgets { forgetSight() }
            switch step.frame {
            case .ping: sendPing()
            case .pong: sendPong()
            case nil: break
            }
            askPulse(after: step.wait)
        }
    }
}
