/// The state of a link's heartbeat, except for the properties that every message updates.
package struct LinkHeartbeat {
    package var pulse: Pulse
    /// The running delay; nil if there is none.
    package var place: DelayPlace?
    /// The value of ``WebSocketLink/bytesGiven`` after the last ping; nil if the ping waits until the peer reads.
    package var endOfPing: Int?
    /// Whether reading was paused since the last ping or check.
    package var wasPaused = false
    /// The value of ``WebSocketLink/bytesTaken`` at the last ping or check.
    package var bytesTaken = 0
}

extension WebSocketLink {
    package func beginHeartbeat(_ heartbeat: Heartbeat) {
        var pulse = Pulse(heartbeat)
        let wait = pulse.begin()
        self.heartbeat = LinkHeartbeat(pulse: pulse)
        askPulse(after: wait)
    }

    /// Ends the heartbeat. The closing handshake has its own deadline.
    package func endHeartbeat() {
        heartbeat.take()?.place?.giveUp()
    }

    /// Sends the ping that waits until the peer reads.
    package func sendWaitingPing() {
        guard let heartbeat, heartbeat.endOfPing == nil, heartbeat.pulse.isAwaiting else { return }
        sendPing()
    }

    /// Sends a ping with a payload, in addition to those of the heartbeat.
    package func ping(_ payload: [UInt8]) {
        guard isOpen else { return }
        payload.withUnsafeBytes { writer.writePing($0, into: &transport.outbox) }
        transport.setNeedsFlush()
    }

    private func askPulse(after time: Duration) {
        heartbeat?.place = DelayLines.of(transport.loop).wait(self, for: time)
    }

    /// Sends a ping, or notes that one is due if the link is congested. At most one waits.
    private func sendPing() {
        guard !isCongested else {
            heartbeat?.endOfPing = nil
            return transport.noteCongestion()
        }
        writer.writePing(UnsafeRawBufferPointer(start: nil, count: 0), into: &transport.outbox)
        heartbeat?.endOfPing = transport.bytesGiven
        transport.setNeedsFlush()
    }

    private func sendPong() {
        guard !isCongested else { return }
        writer.writePong(UnsafeRawBufferPointer(start: nil, count: 0), into: &transport.outbox)
        transport.setNeedsFlush()
    }

    private func forgetSight() {
        hasLife = false
        bytesReceived = 0
        heartbeat?.wasPaused = false
        heartbeat?.bytesTaken = transport.bytesTaken
    }

    private func sight(_ heartbeat: LinkHeartbeat) -> Pulse.Sight {
        let hasPingLeft = heartbeat.endOfPing.map { $0 <= transport.bytesTaken } ?? false
        // A server with this implementation sends pongs while it does not read. A client may be silent for longer.
        let isStuck = !isServer && transport.bytesTaken == heartbeat.bytesTaken
        return Pulse.Sight(
            hasLife: hasLife || bytesReceived >= Pulse.bytesOfLife,
            canTell: (hasPingLeft || isStuck) && !isPaused && !heartbeat.wasPaused, isPaused: isPaused)
    }
}

extension WebSocketLink: Delayed {
    package func delayDidEnd() {
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
