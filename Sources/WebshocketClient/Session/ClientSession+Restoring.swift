import EventLoops

/// The names that a client requests again on one connection, and the responses so far.
///
/// Confined to the event loop.
final class InterestRestoration {
    let connection: UInt64
    /// The number of requests without a response.
    var pending = 0
    var outcome = ClientRestoration()

    init(connection: UInt64) {
        self.connection = connection
    }
}

extension ClientSession {
    /// Requests the wanted channels and rooms again, before anything else is sent on a new connection.
    func restoreInterests() {
        guard let connection else { return }
        let (channels, rooms) = (interests.channels, interests.rooms)
        guard !channels.isEmpty || !rooms.isEmpty else { return }
        let restoration = InterestRestoration(connection: connection.number)
        restoration.pending = (channels.isEmpty ? 0 : 1) + rooms.count
        if !channels.isEmpty { ask(for: channels, .channels, restoration) }
        for room in rooms { ask(for: [room], .rooms, restoration) }
    }

    /// Requests names again.
    /// - Parameters:
    ///   - names: The names to request; exactly one for rooms.
    ///   - tries: The number of temporary refusals in a row.
    private func ask(
        for names: [String], _ kind: ClientInterests.Kind, _ restoration: InterestRestoration, after tries: Int = 0
    ) {
        guard let request = ownCall(for: .restore(kind, names)) else { return }
        call(request) { [weak self] reply in
            guard let self, connection?.number == restoration.connection else { return }
            answered(names, kind, reply, restoration, after: tries)
            restoration.pending -= 1
            tellIfDone(restoration)
        }
    }

    private func answered(
        _ names: [String], _ kind: ClientInterests.Kind, _ reply: PendingCalls.Reply,
        _ restoration: InterestRestoration, after tries: Int
    ) {
        switch reply {
        case .success(let response):
            if let error = response.rpcError {
                wasRefused(names, kind, error, restoration, after: tries)
            } else {
                restoration.note(wanted(names, kind), kind)
            }
        case .failure(let error as ClientError) where error.code == .requestTooLarge:
            wasTooLarge(names, kind, error, restoration)
        case .failure(let error):
            // A connection without the client's channels is worse than none. The next connection may succeed.
            guard (error as? ClientError)?.code == .timedOut else { return }
            connection?.close(.goingAway, reason: "No answer in time")
        }
    }

    /// Splits a request that exceeds the server's limits. Names that were requested one by one may be too many for one
    /// request.
    private func wasTooLarge(
        _ names: [String], _ kind: ClientInterests.Kind, _ error: ClientError, _ restoration: InterestRestoration
    ) {
        let wanted = wanted(names, kind)
        guard wanted.count > 1 else {
            return drop(wanted, kind, RPCError(error.message, code: .invalidParameters), restoration)
        }
        for half in wanted.halves {
            restoration.pending += 1
            ask(for: half, kind, restoration)
        }
    }

    /// Removes names that the server does not grant again, and records the error.
    private func drop(
        _ names: [String], _ kind: ClientInterests.Kind, _ error: RPCError, _ restoration: InterestRestoration
    ) {
        restoration.outcome.refused += wanted(names, kind).map { ($0, error) }
        perform(interests.drop(names, kind))
    }

    private func wasRefused(
        _ names: [String], _ kind: ClientInterests.Kind, _ error: RPCError, _ restoration: InterestRestoration,
        after tries: Int
    ) {
        if error.mayPass {
            askLater(for: names, kind, advice: error.retryAfter, restoration, after: tries + 1)
        } else if names.count > 1 {
            // The server grants all names or none. Single requests keep one refused name from blocking the others.
            let wanted = wanted(names, kind)
            restoration.pending += wanted.count
            for name in wanted { ask(for: [name], kind, restoration) }
        } else {
            drop(names, kind, error, restoration)
        }
    }

    /// Repeats a request after a temporary refusal, such as a rate limit or a server that is still starting.
    private func askLater(
        for names: [String], _ kind: ClientInterests.Kind, advice: Duration?, _ restoration: InterestRestoration,
        after tries: Int
    ) {
        restoration.pending += 1
        loop.schedule(after: pauseOfRequest(after: tries, atLeast: advice)) { [weak self] in
            guard let self, connection?.number == restoration.connection else { return }
            let wanted = wanted(names, kind)
            if wanted.isEmpty {
                restoration.pending -= 1
                tellIfDone(restoration)
            } else {
                ask(for: wanted, kind, restoration, after: tries)
            }
        }
    }

    private func tellIfDone(_ restoration: InterestRestoration) {
        if restoration.pending == 0 { observers.tell(.restored(restoration.outcome)) }
    }

    /// The names that the client still wants.
    private func wanted(_ names: [String], _ kind: ClientInterests.Kind) -> [String] {
        names.filter { interests.isGranted($0, kind) }
    }
}

extension InterestRestoration {
    fileprivate func note(_ names: [String], _ kind: ClientInterests.Kind) {
        switch kind {
        case .channels: outcome.channels += names
        case .rooms: outcome.rooms += names
        }
    }
}
