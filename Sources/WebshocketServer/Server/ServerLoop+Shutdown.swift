import EventLoops

/// A shutdown in progress on one loop.
struct Shutdown {
    let advice: ShutdownAdvice
    /// The connections that are still served until their batch is due.
    var waiting: [ServerConnection]
}

extension ServerLoop {
    /// The time in which requests that are already on their way are answered with 503. After that, sockets that have
    /// not completed the handshake are closed.
    private static let lastMoment = Duration.seconds(1)

    var isShuttingDown: Bool { shutdown != nil }

    /// The close code and reason for a connection at shutdown, with separate advice for each connection.
    var farewell: ConnectionClosure {
        let reason = "Server is shutting down"
        guard let advice = shutdown?.advice.advice() else { return ConnectionClosure(.goingAway, reason: reason) }
        return ConnectionClosure(.goingAway, reason: reason, advice: advice)
    }

    /// The response to upgrade requests during a shutdown.
    var refusal: Refusal { .shuttingDown(retryAfter: shutdown?.advice.retryAfter) }

    /// Begins a graceful shutdown: connections finish their calls and are closed in batches, and handshakes in progress
    /// are refused.
    func beginGracefulShutdown(within grace: Duration, advice: ShutdownAdvice) {
        shutdown = Shutdown(advice: advice, waiting: Array(connections.values))
        closeNext(DrainPlan(connections: connections.count, grace: grace))
        for upgrade in upgrades.values { upgrade.beginShutdown() }
        if !upgrades.isEmpty {
            loop.schedule(after: min(grace, Self.lastMoment)) { [weak self] in self?.abandonUpgrades() }
        }
        loop.schedule(after: grace) { [weak self] in self?.endGracefulShutdown() }
    }

    private func closeNext(_ plan: DrainPlan) {
        guard let waiting = shutdown?.waiting, !waiting.isEmpty else { return }
        shutdown?.waiting = Array(waiting.dropFirst(plan.batch))
        for connection in waiting.prefix(plan.batch) { connection.beginGracefulShutdown() }
        guard waiting.count > plan.batch else { return }
        loop.schedule(after: DrainPlan.pause) { [weak self] in self?.closeNext(plan) }
    }

    private func abandonUpgrades() {
        for upgrade in upgrades.values { upgrade.abandon() }
    }

    /// Closes the remaining connections when the time for calls in flight has elapsed.
    private func endGracefulShutdown() {
        shutdown?.waiting = []
        for connection in connections.values { connection.endGracefulShutdown() }
        for upgrade in upgrades.values { upgrade.endShutdown() }
    }

    /// Drops all connections at once, without waiting for calls, handlers or peers.
    func cutOff() {
        endGracefulShutdown()
        for connection in connections.values { connection.link.drop() }
        abandonUpgrades()
        farewells.cancelAll()
        context.counter.giveUp()
    }

    /// Limits the time for which the shutdown waits for handlers that do not return.
    func abandon(after patience: Duration) {
        loop.schedule(after: patience) { [weak self] in
            guard let self else { return }
            farewells.cancelAll()
            guard context.counter.giveUp() else { return }
            log.log(.warning, "stopping although \(context.counter.count) connections have not ended")
        }
    }
}
