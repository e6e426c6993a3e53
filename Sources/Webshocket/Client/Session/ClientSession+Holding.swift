import EventLoops

// What is held on an open connection: until a sign of life after a long silence, and for the next connection when the
// server shuts down.
extension ClientSession {
    /// Whether messages may be written now, rather than held.
    func mayWrite(to connection: ClientConnection) -> Bool {
        guard shutdown == nil else { return false }
        // The silence of a server that this side does not read says nothing.
        guard !connection.link.isPaused else { return true }
        switch silence?.sendRequested(lastHeard: connection.link.lastHeard, at: .now) {
        case nil, .send: return true
        case .hold: return false
        case .ping(let payload, let time):
            connection.link.ping(payload)
            awaitPong(on: connection, for: time)
            // The pong has to be read, whatever waits to be received.
            updatePause()
            return false
        }
    }

    /// Gives the connection up if nothing arrives and nothing leaves for so long: a large message may be in front of the
    /// ping, or of the pong.
    private func awaitPong(on connection: ClientConnection, for time: Duration) {
        let progress = (connection.link.bytesReceived, connection.link.socket.bytesTaken)
        silenceTimer = loop.schedule(after: time) { [weak self, weak connection] in
            guard let self, let connection, self.connection === connection else { return }
            silenceTimer = nil
            guard silence?.isHolding == true else { return }
            if progress == (connection.link.bytesReceived, connection.link.socket.bytesTaken) {
                connection.link.giveUp()
            } else {
                awaitPong(on: connection, for: time)
            }
        }
    }

    func pongArrived(_ payload: UnsafeRawBufferPointer) {
        guard silence?.pongArrived(payload) == true else { return }
        silenceTimer.take().map { loop.cancel($0) }
        connection?.link.trust()
        updatePause()
        sendWaiting()
    }

    /// The connection has ended: what was held for it is not.
    func endHolding() {
        silenceTimer.take().map { loop.cancel($0) }
        farewellTimer.take().map { loop.cancel($0) }
        (silence, shutdown) = (nil, nil)
    }
}

// MARK: - Shutdown of the server

extension ClientSession {
    /// The server shuts down: it takes no more calls on this connection.
    struct Shutdown {
        /// How long the server asks the client to wait before it connects again.
        var retryAfter: Duration?
    }

    /// Whether what cannot be sent now may be sent on a later connection.
    private var keepsForLater: Bool {
        configuration.offlineQueue.items > 0 && machine.mayConnectAgain(at: loop.now)
    }

    /// The server says that it shuts down. On a connection that is being prepared, its end tells all there is to know.
    func serverShutsDown(_ error: RPCError) {
        if case .open = machine.phase { noteShutdown(error) }
    }

    /// From now on everything that is to be sent waits for the next connection.
    func noteShutdown(_ error: RPCError) {
        let isFirst = shutdown == nil
        let times = [shutdown?.retryAfter, error.retryAfter].compactMap(\.self)
        shutdown = Shutdown(retryAfter: times.max())
        guard isFirst else { return }
        // What has waited for room in the outbox is kept like all that follows, within the same limits.
        for (message, _) in queue.removeAll() {
            message.place = nil
            holdForNext(message)
        }
        noteWaiting()
        awaitFarewell()
    }

    /// Closes the connection if the server does not, once no call is in flight there: what is held waits for the next one.
    /// - Parameter rounds: how many timeouts calls in flight may take.
    private func awaitFarewell(rounds: Int = 4) {
        farewellTimer = loop.schedule(after: configuration.farewellTimeout) { [weak self] in
            guard let self else { return }
            // A server that shuts down ends its streams first.
            if rounds > 1, pending.sent.contains(where: { !$0.call.request.isRefused }) {
                awaitFarewell(rounds: rounds - 1)
            } else {
                connection?.close(.goingAway, reason: "")
            }
        }
    }

    /// Keeps a call that the server has refused because it shuts down: it was not run.
    func keepRefused(_ id: String, _ call: PendingCalls.Waiter, _ error: RPCError) {
        noteShutdown(error)
        guard keepsForLater, call.request.wasRefused() else {
            return end(id, .failure(ClientError.shuttingDown(shutdown?.retryAfter, call.request.deliveryWhileWaiting)))
        }
        beginExpiry(of: call.request)
    }

    /// Keeps a message that is not sent because the server shuts down.
    func holdForNext(_ message: OutgoingMessage) {
        guard keepsForLater else {
            return message.failed(ClientError.shuttingDown(shutdown?.retryAfter, .notSent))
        }
        keep(message)
    }

    /// The error of what a lost connection ends, with the advice of a server that has shut down.
    func lost(_ closure: ConnectionClosure, _ delivery: ClientError.Delivery? = nil) -> ClientError {
        var error = ClientError.lost(closure, delivery)
        error.retryAfter = shutdown?.retryAfter
        return error
    }
}

extension ClientError {
    fileprivate static func shuttingDown(_ retryAfter: Duration?, _ delivery: Delivery) -> ClientError {
        var error = ClientError(
            .shuttingDown, "the server is shutting down, and the client does not keep the call for another connection",
            delivery: delivery)
        error.retryAfter = retryAfter
        return error
    }
}

extension ReconnectMachine.Outlook {
    /// With the advice of a server that has shut down: a shorter pause becomes as long.
    func delayed(by advice: Duration?) -> ReconnectMachine.Outlook {
        guard let advice else { return self }
        return switch self {
        case .hopeless: .hopeless
        case .mayHeal: .after(advice)
        case .notBefore(let time): .notBefore(max(time, advice))
        case .after(let time): .after(max(time, advice))
        }
    }
}
