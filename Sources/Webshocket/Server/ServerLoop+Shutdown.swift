import EventLoops

/// A shutdown that is under way on one loop.
struct Shutdown {
    let comingBack: ComingBack
    /// Connections that are served on until it is their turn.
    var waiting: [ServerConnection]
}

extension ServerLoop {
    /// How long a request may take that was on its way, to be answered with 503; then who shakes hands is dropped.
    private static let lastMoment = Duration.seconds(1)

    var isShuttingDown: Bool { shutdown != nil }

    /// What a connection of a server that shuts down ends with; each with advice of its own.
    var farewell: ConnectionClosure {
        let reason = "Server is shutting down"
        guard let advice = shutdown?.comingBack.advice() else { return ConnectionClosure(.goingAway, reason: reason) }
        return ConnectionClosure(.goingAway, reason: reason, advice: advice)
    }

    /// The answer to an upgrade of a server that shuts down.
    var refusal: Refusal { .shuttingDown(retryAfter: shutdown?.comingBack.retryAfter) }

    /// Lets the connections finish their calls and closes them, some at a time; who shakes hands is turned away.
    func beginGracefulShutdown(within grace: Duration, comingBack: ComingBack) {
        shutdown = Shutdown(comingBack: comingBack, waiting: Array(connections.values))
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

    /// The time for calls in flight is over: those that still run are cut off.
    private func endGracefulShutdown() {
        shutdown?.waiting = []
        for connection in connections.values { connection.endGracefulShutdown() }
        for upgrade in upgrades.values { upgrade.endShutdown() }
    }

    /// Drops all that is left, without a wait for anybody.
    func cutOff() {
        endGracefulShutdown()
        for connection in connections.values { connection.link.drop() }
        abandonUpgrades()
        farewells.cancelAll()
        context.census.giveUp()
    }

    /// Waits no longer than this for handlers that do not come to an end.
    func abandon(after patience: Duration) {
        loop.schedule(after: patience) { [weak self] in
            guard let self else { return }
            farewells.cancelAll()
            guard context.census.giveUp() else { return }
            log.log(.warning, "stopping although \(context.census.count) connections have not ended")
        }
    }
}
