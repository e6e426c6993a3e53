import EventLoops

/// What a client asks for again on one connection, and what has become of it so far.
///
/// Confined to the loop.
final class InterestRestoration {
    /// One thing that is asked for.
    enum Wish {
        case channels([String])
        case room(String)

        var names: [String] {
            switch self {
            case .channels(let names): names
            case .room(let name): [name]
            }
        }
    }

    let connection: UInt64
    /// How many wishes have no answer yet.
    var pending = 0
    var outcome = ClientRestoration()

    init(connection: UInt64) {
        self.connection = connection
    }
}

extension ClientSession {
    /// Asks again for what the client wants to hear of, before anything else is sent on a new connection.
    func restoreInterests() {
        guard let connection else { return }
        let (channels, rooms) = (interests.channels, interests.rooms)
        guard !channels.isEmpty || !rooms.isEmpty else { return }
        let restoration = InterestRestoration(connection: connection.number)
        restoration.pending = (channels.isEmpty ? 0 : 1) + rooms.count
        if !channels.isEmpty { ask(for: .channels(channels), restoration) }
        for room in rooms { ask(for: .room(room), restoration) }
    }

    /// - Parameter tries: how often in a row the server has refused the wish for now.
    private func ask(for wish: InterestRestoration.Wish, _ restoration: InterestRestoration, after tries: Int = 0) {
        guard let request = request(for: wish) else { return }
        call(request) { [weak self] reply in
            guard let self, connection?.number == restoration.connection else { return }
            answered(wish, reply, restoration, after: tries)
            restoration.pending -= 1
            tellIfDone(restoration)
        }
    }

    /// - Returns: nil for what cannot be encoded; names have travelled before.
    private func request(for wish: InterestRestoration.Wish) -> ClientCall? {
        let (method, argument): (String, Value) =
            switch wish {
            case .channels(let names): (ProtocolMethod.subscribe.name, .array(names.map { .string($0) }))
            case .room(let name): (ProtocolMethod.join.name, .string(name))
            }
        return try? ownCall(method, argument, timeout: configuration.callTimeout, .ahead)
    }

    private func answered(
        _ wish: InterestRestoration.Wish, _ reply: PendingCalls.Reply, _ restoration: InterestRestoration,
        after tries: Int
    ) {
        switch reply {
        case .success(let response):
            if let error = response.rpcError {
                wasRefused(wish, error, restoration, after: tries)
            } else {
                wasGranted(wish, restoration)
            }
        case .failure(let error):
            // A connection without what its client wants to hear of is worse than none; the next one may do better.
            guard (error as? ClientError)?.code == .timedOut else { return }
            connection?.close(.goingAway, reason: "No answer in time")
        }
    }

    private func wasGranted(_ wish: InterestRestoration.Wish, _ restoration: InterestRestoration) {
        // What was given up while this was under way may have been asked for behind that.
        let (wanted, unwanted) = sorted(wish)
        switch wish {
        case .channels:
            restoration.outcome.channels += wanted
            if !unwanted.isEmpty { order(ProtocolMethod.unsubscribe.name, [.array(unwanted.map { .string($0) })]) }
        case .room:
            restoration.outcome.rooms += wanted
            if !unwanted.isEmpty { order(ProtocolMethod.leave.name, [.array(unwanted.map { .string($0) })]) }
        }
    }

    private func wasRefused(
        _ wish: InterestRestoration.Wish, _ error: RPCError, _ restoration: InterestRestoration, after tries: Int
    ) {
        switch error.code {
        case .rateLimited, .overloaded, .internalError, .cancelled, .deadlineExceeded:
            askLater(for: wish, advice: error.retryAfter, restoration, after: tries + 1)
        default:
            if case .channels(let names) = wish, names.count > 1 {
                // All or nothing: so that one that is refused does not take the others with it.
                restoration.pending += names.count
                for name in names { ask(for: .channels([name]), restoration) }
                return
            }
            for name in wish.names { restoration.outcome.refused.append((name, error)) }
            switch wish {
            case .channels(let names): interests.apply(.unsubscribed(names))
            case .room(let name): interests.apply(.left([name]))
            }
        }
    }

    /// Repeats a request after a refusal that passes by itself, such as a limit, or a server that is still starting.
    private func askLater(
        for wish: InterestRestoration.Wish, advice: Duration?, _ restoration: InterestRestoration, after tries: Int
    ) {
        restoration.pending += 1
        let pause = configuration.reconnect.pauseOfRequest(
            after: tries, atLeast: advice, chance: .random(in: 0..<1))
        loop.schedule(after: pause) { [weak self] in
            guard let self, connection?.number == restoration.connection else { return }
            switch (wish, sorted(wish).wanted) {
            case (_, []):
                restoration.pending -= 1
                tellIfDone(restoration)
            case (.channels, let wanted): ask(for: .channels(wanted), restoration, after: tries)
            case (.room, _): ask(for: wish, restoration, after: tries)
            }
        }
    }

    private func tellIfDone(_ restoration: InterestRestoration) {
        if restoration.pending == 0 { observers.tell(.restored(restoration.outcome)) }
    }

    /// Which of a wish's names the client still wants to hear of, and which not.
    private func sorted(_ wish: InterestRestoration.Wish) -> (wanted: [String], unwanted: [String]) {
        var wanted: [String] = []
        var unwanted: [String] = []
        for name in wish.names {
            let isWanted =
                switch wish {
                case .channels: interests.hasChannel(name)
                case .room: interests.hasRoom(name)
                }
            if isWanted { wanted.append(name) } else { unwanted.append(name) }
        }
        return (wanted, unwanted)
    }
}
