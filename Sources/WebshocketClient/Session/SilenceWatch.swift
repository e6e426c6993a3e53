/// Decides whether a client may send on a connection that was silent for long; without a socket or a clock.
///
/// A connection is normally not silent for longer than its heartbeat allows. If it was, the process was suspended, and
/// the server may have given up the connection. Messages sent then could be lost without notice, so they wait for the
/// pong to a new ping. Other received messages do not count, because they may have arrived before the silence.
package struct SilenceWatch {
    package enum Verdict: Equatable, Sendable {
        case send
        /// Send a ping with this payload, and hold everything else. If the pong does not arrive within the time, the
        /// connection is lost.
        case ping(payload: [UInt8], within: Duration)
        /// Hold the message; a ping is in flight.
        case hold
    }

    private enum State {
        /// Exits: a request to send after a long silence → awaiting.
        case trusted
        /// Exits: the pong → trusted; the end of the connection.
        case awaiting(payload: [UInt8])
    }

    /// The longest silence with a working heartbeat: the time to the next ping, and the pings that may be missed.
    package let longestSilence: Duration
    /// The timeout of the pong.
    package let patience: Duration
    private var state = State.trusted
    private var pings: UInt8 = 0

    package init(_ heartbeat: Heartbeat) {
        let others = max(heartbeat.missedPings, 1) - 1
        let verdicts = max(heartbeat.interval, heartbeat.timeout).multiplied(by: others)
        longestSilence = heartbeat.interval + heartbeat.timeout + verdicts
        patience = heartbeat.timeout.multiplied(by: others + 1)
    }

    /// Whether all messages are held until a pong arrives.
    package var isHolding: Bool {
        if case .awaiting = state { true } else { false }
    }

    /// Handles a request to send a message.
    /// - Parameters:
    ///   - lastHeard: The time when bytes last arrived on the connection.
    ///   - now: The current time.
    package mutating func sendRequested(
        lastReceived: ContinuousClock.Instant, at now: ContinuousClock.Instant
    ) -> Verdict {
        switch state {
        case .awaiting: return .hold
        case .trusted:
            guard now - lastReceived > longestSilence else { return .send }
            pings &+= 1
            let payload = Array("alive".utf8) + [pings]
            state = .awaiting(payload: payload)
            return .ping(payload: payload, within: patience)
        }
    }

    /// Handles a pong.
    /// - Returns: Whether the held messages may be sent now.
    package mutating func pongArrived(_ payload: UnsafeRawBufferPointer) -> Bool {
        guard case .awaiting(let expected) = state, payload.elementsEqual(expected) else { return false }
        state = .trusted
        return true
    }
}

extension Duration {
    /// The product, limited to some thousand years, so that it can be added to a point in time.
    fileprivate func multiplied(by factor: Int) -> Duration {
        let (product, overflows) = attoseconds.multipliedReportingOverflow(by: Int128(factor))
        let longest = Duration.seconds(100_000_000_000)
        return overflows ? longest : min(Duration(attoseconds: product), longest)
    }
}
