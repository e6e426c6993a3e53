import Bytes
import EventLoops

extension ClientSession {
    /// What was asked for again and is not answered yet, and what became of the rest; of one connection.
    final class Restoration {
        let connection: UInt64
        var isAsked = 0
        var outcome = ClientRestoration()

        init(connection: UInt64) {
            self.connection = connection
        }
    }

    /// One thing that is asked for again.
    private enum Wish {
        case channels([String])
        case room(String)

        var names: [String] {
            switch self {
            case .channels(let names): names
            case .room(let name): [name]
            }
        }
    }

    /// Asks again for what the client wants to hear of, before anything else is sent on a new connection.
    func restoreInterests() {
        guard let connection else { return }
        let (channels, rooms) = (interests.channels, interests.rooms)
        guard !channels.isEmpty || !rooms.isEmpty else { return }
        let restoration = Restoration(connection: connection.number)
        if !channels.isEmpty { ask(for: .channels(channels), restoration) }
        for room in rooms { ask(for: .room(room), restoration) }
    }

    private func ask(for wish: Wish, _ restoration: Restoration) {
        guard let (kind, codec) = dialect.wire else { return }
        lastOwnCall += 1
        // No id of the client's own calls begins so.
        let id = "_\(lastOwnCall)"
        var buffer = ByteBuffer()
        do {
            switch wish {
            case .channels(let names):
                try codec.writeRequest(
                    callID: id, method: "__subscribe__", values: [.array(names.map { .string($0) })], into: &buffer)
            case .room(let name):
                try codec.writeRequest(callID: id, method: "__join__", values: [.string(name)], into: &buffer)
            }
        } catch {
            // It travelled once: there is nothing in names that cannot.
            return
        }
        restoration.isAsked += 1
        var call = ClientCall(id: id, kind: kind, bytes: buffer.array, timeout: configuration.callTimeout)
        call.way = .ahead
        self.call(call) { [weak self] reply in
            restoration.isAsked -= 1
            self?.answered(wish, reply, restoration)
        }
    }

    private func answered(_ wish: Wish, _ reply: PendingCalls.Reply, _ restoration: Restoration) {
        guard let connection, connection.number == restoration.connection else { return }
        switch reply {
        case .success(let response):
            if let error = response.rpcError {
                wasRefused(wish, error, restoration)
            } else {
                switch wish {
                case .channels(let names): restoration.outcome.channels += names
                case .room(let name): restoration.outcome.rooms.append(name)
                }
            }
        case .failure(let error):
            // A connection without what its client wants to hear of is worse than none; the next one may do better.
            if (error as? ClientError)?.code == .timedOut { connection.close(.goingAway, reason: "No answer in time") }
            return
        }
        if restoration.isAsked == 0 { observers.tell(.restored(restoration.outcome)) }
    }

    private func wasRefused(_ wish: Wish, _ error: RPCError, _ restoration: Restoration) {
        if case .channels(let names) = wish, names.count > 1 {
            // All or nothing: so that one that is refused does not take the others with it.
            for name in names { ask(for: .channels([name]), restoration) }
        } else if error.code == .rateLimited {
            restoration.isAsked += 1
            loop.schedule(after: error.retryAfter ?? .seconds(1)) { [weak self] in
                restoration.isAsked -= 1
                guard let self, connection?.number == restoration.connection else { return }
                // It may have been given up meanwhile.
                let wanted = Set((interests.channels + interests.rooms).map(ExactText.init))
                if wish.names.allSatisfy({ wanted.contains(ExactText($0)) }) { ask(for: wish, restoration) }
            }
        } else {
            for name in wish.names { restoration.outcome.refused.append((name, error)) }
            switch wish {
            case .channels(let names): interests.apply(.unsubscribed(names))
            case .room(let name): interests.apply(.left([name]))
            }
        }
    }
}
