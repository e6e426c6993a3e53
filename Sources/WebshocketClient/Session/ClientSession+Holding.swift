import EventLoops

// Messages are held on an open connection in two cases: after a long silence until the server answers, and for the next
// connection while the server is shutting down.
extension ClientSession {
    /// Whether messages may be written now rather than held.
    func mayWrite(to connection: ClientConnection) -> Bool {
        guard shutdown == nil else { return false }
        // If this side is not reading, silence says nothing about the server.
        guard !connection.link.isPaused else { return true }
        switch silence?.sendRequested(lastReceived: connection.link.lastReceived, at: loop.clock.now) {
        case nil, .send: return true
        case .hold: return false
        case .ping(let payload, let time):
            connection.link.ping(payload)
            awaitPong(on: connection, for: time)
            // The pong must be read, even if the inbox is full.
            updatePause()
            return false
        }
    }

    /// Gives up the connection if no bytes are received or sent within the time. Progress extends the time, because a
    /// large message may precede the ping or the pong.
    private func awaitPong(on connection: ClientConnection, for time: Duration) {
        let progress = (connection.link.bytesReceived, connection.link.bytesTaken)
        silenceTimer = loop.schedule(after: time) { [weak self, weak connection] in
            guard let self, let connection, self.connection === connection else { return }
            silenceTimer = nil
            guard silence?.isHolding == true else { return }
            if progress == (connection.link.bytesReceived, connection.link.bytesTaken) {
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

    /// Stops holding messages after the connection has ended.
    func endHolding() {
        silenceTimer.take().map { loop.cancel($0) }
        farewellTimer.take().map { loop.cancel($0) }
        (silence, shutdown) = (nil, nil)
    }
}

// MARK: - Shutdown of the server

extension ClientSession {
    /// The state of a server that is shutting down and accepts no more calls on this connection.
    struct Shutdown {
        /// How long the server asks the client to wait before it reconnects.
        var retryAfter: Duration?
    }

    /// Whether messages that cannot be sent now may be sent on a later connection.
    private var keepsForLater: Bool {
        configuration.offlineQueue.items > 0 && machine.mayConnectAgain(at: loop.now)
    }

    /// Handles the server's announcement that it is shutting down. While a connection is being prepared, only its end
    /// matters.
    func serverShutsDown(_ error: RPCError) {
        if case .open = machine.phase { noteShutdown(error) }
    }

    /// Makes all further messages wait for the next connection.
    func noteShutdown(_ error: RPCError) {
        let isFirst = shutdown == nil
        let times = [shutdown?.retryAfter, error.retryAfter].compactMap(\.self)
        shutdown = Shutdown(retryAfter: times.max())
        guard isFirst else { return }
        // Messages that wait for room in the outbox are kept like later ones, within the same limits.
        for (message, _) in queue.removeAll() {
            message.place = nil
            holdForNext(message)
        }
        noteWaiting()
        awaitFarewell()
    }

    /// Closes the connection if the server does not, after no call is in flight there. Held messages wait for the next
    /// connection.
    /// - Parameter rounds: The number of timeouts that calls in flight may take.
    private func awaitFarewell(rounds: Int = 4) {
        farewellTimer = loop.schedule(after: configuration.farewellTimeout) { [weak self] in
            guard let self else { return }
            // A server that is shutting down ends its streams first.
            if rounds > 1, pending.sent.contains(where: { !$0.call.request.isRefused }) {
                awaitFarewell(rounds: rounds - 1)
            } else {
                connection?.close(.goingAway, reason: "")
            }
        }
    }

    /// Keeps a call that the server refused, without running it, because it is shutting down.
    func keepRefused(_ id: String, _ call: PendingCalls.Waiter, _ error: RPCError) {
        noteShutdown(error)
        guard keepsForLater, call.request.wasRefused() else {
            return end(id, .failure(ClientError.shuttingDown(shutdown?.retryAfter, call.request.deliveryWhileWaiting)))
        }
        beginExpiry(of: call.request)
    }

    /// Keeps a message that is not sent because the server is shutting down.
    func holdForNext(_ message: OutgoingMessage) {
        guard keepsForLater else {
            return message.failed(ClientError.shuttingDown(shutdown?.retryAfter, .notSent))
        }
        keep(message)
    }

    /// Returns the error for calls that a lost connection ends, with the retry advice of a server that was shutting
    /// down.
    func lost(_ closure: ConnectionClosure, _ delivery: ClientError.Delivery? = nil) -> ClientError {
        var error = ClientError.lost(closure, delivery)
        error.retryAfter = shutdown?.retryAfter
        return error
    }
}

extension ClientError {
    fileprivate static func shuttingDown(_ retryAfter: Duration?, _ delivery: Delivery) -> ClientError {
        var error = ClientError(
            .shuttingDown, "the server is shutting down, and the client does not keep the call for the next connection",
            delivery: delivery)
        error.retryAfter = retryAfter
        return error
    }
}

extension ReconnectMachine.Outlook {
    /// Returns the outlook with the advice of a server that was shutting down. A shorter pause is extended to that
    /// time.
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
