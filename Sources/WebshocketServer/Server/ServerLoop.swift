import EventLoops

/// The part of a server that runs on one event loop: its parser, its connections and its handshakes in progress.
///
/// Confined to the loop.
final class ServerLoop {
    let loop: EventLoop
    let context: ServerContext
    let parser: PacketParser
    let limiter: RateLimiter
    private(set) var upgrades: [ObjectIdentifier: UpgradeSession] = [:]
    private(set) var connections: [ObjectIdentifier: ServerConnection] = [:]
    /// The tasks that run handlers' `onDisconnect` after their connections have ended.
    let farewells = TaskBag()
    var shutdown: Shutdown?
    private var lastDate = HTTPDate()

    init(_ loop: EventLoop, context: ServerContext) {
        self.loop = loop
        self.context = context
        limiter = context.limiter
        let limits = context.configuration.limits
        parser = PacketParser(limits: PacketLimits(maxDepth: limits.depth, maxElements: limits.elements))
    }

    var log: ThrottledLog { context.log }

    /// The current date, for HTTP responses.
    var date: String { lastDate.text(at: loop.clock.wallTime.seconds) }

    /// Logs the error of a predicate, which may occur for each recipient of each message.
    func logFailure(of predicate: SessionCondition, _ error: any Error) {
        log(.error, .predicate, "the predicate \(predicate) failed: \(error)")
    }

    /// Periodically removes rate-limit buckets that are full again. Runs on one loop of the server only.
    func beginSweeping() {
        loop.schedule(after: .seconds(1)) { [weak self] in
            guard let self, !isShuttingDown else { return }
            limiter.sweep(at: loop.now, budget: max(1_000, limiter.count / 10))
            beginSweeping()
        }
    }

    /// Starts the handshake on a new transport, or refuses the peer before it has sent anything.
    func accept(_ transport: Transport) {
        let peer = transport.peerName
        let isProxy = context.proxies?.trusts(peer) ?? false
        let upgrade = UpgradeSession(transport, on: self, proxies: isProxy ? context.proxies : nil)
        upgrades[ObjectIdentifier(upgrade)] = upgrade
        guard !isShuttingDown else { return refuse(upgrade, refusal) }
        let verdict = context.counter.admit(isProxy ? nil : peer)
        switch verdict {
        case .admitted: upgrade.start(countedAs: isProxy ? .nobody : .address(peer))
        case .serverFull: refuse(upgrade, .serverFull)
        case .tooManyFromAddress: refuse(upgrade, .tooManyConnections)
        }
    }

    /// Refuses a peer. It receives no response if the transports of too many refused peers are still open.
    private func refuse(_ upgrade: UpgradeSession, _ refusal: Refusal) {
        upgrade.depart()
        if case .atOnce = upgrade.closingSocket {
            remove(upgrade)
            return upgrade.transport.close()
        }
        upgrade.start(refusing: refusal)
    }

    func remove(_ upgrade: UpgradeSession) {
        upgrades[ObjectIdentifier(upgrade)] = nil
    }

    func add(_ connection: ServerConnection) {
        connections[ObjectIdentifier(connection)] = connection
    }

    func remove(_ connection: ServerConnection) {
        connections[ObjectIdentifier(connection)] = nil
    }
}
