/// Decides whether a client may send on a connection of which it has heard nothing for long; without a socket or a
/// clock.
///
/// A connection is normally not silent for longer than its heartbeat allows. If it was, the process was suspended, and
/// the server may have given the connection up meanwhile. What is sent then could be lost without anyone knowing, so it
/// waits for the pong to a ping of its own. Other messages do not count: they may have arrived before the silence.
package struct SilenceWatch {
    package enum Verdict: Equatable, Sendable {
        case send
        /// Send a ping with this payload, and hold everything else. Unless the pong comes within the time, the
        /// connection is lost.
        case ping(payload: [UInt8], within: Duration)
        /// A ping is on its way.
        case hold
    }

    private enum State {
        /// Exits: a request to send after a long silence → awaiting.
        case trusted
        /// Exits: the pong → trusted; the end of the connection.
        case awaiting(payload: [UInt8])
    }

    /// The longest silence that a working heartbeat leaves: the ping that is due, and those that may be missed.
    package let longestSilence: Duration
    /// How long a pong may take.
    package let patience: Duration
    private var state = State.trusted
    private var pings: UInt8 = 0

    package init(_ heartbeat: Heartbeat) {
        let others = max(heartbeat.missedPings, 1) - 1
        let verdicts = max(heartbeat.interval, heartbeat.timeout).multiplied(by: others)
        longestSilence = heartbeat.interval + heartbeat.timeout + verdicts
        patience = heartbeat.timeout.multiplied(by: others + 1)
    }

    /// Whether everything is held until a pong comes.
    package var isHolding: Bool {
        if case .awaiting = state { true } else { false }
    }

    /// Something is to be sent.
    /// - Parameters:
    ///   - lastHeard: when bytes last arrived on the connection.
    ///   - now: the present time.
    package mutating func sendRequested(
        lastHeard: ContinuousClock.Instant, at now: ContinuousClock.Instant
    ) -> Verdict {
        switch state {
        case .awaiting: return .hold
        case .trusted:
            guard now - lastHeard > longestSilence else { return .send }
            pings &+= 1
            let payload = Array("alive".utf8) + [pings]
            state = .awaiting(payload: payload)
            return .ping(payload: payload, within: patience)
        }
    }

    /// A pong has arrived.
    /// - Returns: whether what is held may be sent now.
    package mutating func pongArrived(_ payload: UnsafeRawBufferPointer) -> Bool {
        guard case .awaiting(let expected) = state, payload.elementsEqual(expected) else { return false }
        state = .trusted
        return true
    }
}

extension Duration {
    /// At most some thousand years, so that it can be added to a point in time.
    fileprivate func multiplied(by factor: Int) -> Duration {
        let (product, overflows) = attoseconds.multipliedReportingOverflow(by: Int128(factor))
        let longest = Duration.seconds(100_000_000_000)
        return overflows ? longest : min(Duration(attoseconds: product), longest)
    }
}
