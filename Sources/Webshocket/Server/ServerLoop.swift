import EventLoops

/// One loop's part of a server: its parser, its connections, and those that are still shaking hands.
///
/// Confined to the loop.
final class ServerLoop {
    let loop: EventLoop
    let context: ServerContext
    let parser: PacketParser
    let limiter: RateLimiter
    private(set) var upgrades: [ObjectIdentifier: UpgradeSession] = [:]
    private(set) var connections: [ObjectIdentifier: ServerConnection] = [:]
    /// What handlers do when their connections have ended.
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

    /// Now, for an answer of HTTP.
    var date: String { lastDate.text(at: WallClock.now.seconds) }

    /// Logs that a predicate failed, which may happen for each recipient of each message.
    func logFailure(of predicate: SessionCondition, _ error: any Error) {
        log(.error, .predicate, "the predicate \(predicate) failed: \(error)")
    }

    /// Drops rate limits' buckets that are full again, now and then; on one loop of the server.
    func beginSweeping() {
        loop.schedule(after: .seconds(1)) { [weak self] in
            guard let self, !isShuttingDown else { return }
            limiter.sweep(at: loop.now, budget: max(1_000, limiter.count / 10))
            beginSweeping()
        }
    }

    /// Takes a new socket in, or turns it away before it has said anything.
    func accept(_ socket: Socket) {
        let peer = socket.peerName
        let isProxy = context.proxies?.trusts(peer) ?? false
        let upgrade = UpgradeSession(socket, on: self, proxies: isProxy ? context.proxies : nil)
        upgrades[ObjectIdentifier(upgrade)] = upgrade
        guard !isShuttingDown else { return refuse(upgrade, refusal) }
        let verdict = context.census.admit(isProxy ? nil : peer)
        switch verdict {
        case .admitted: upgrade.start(countedAs: isProxy ? .nobody : .address(peer))
        case .serverFull: refuse(upgrade, .serverFull)
        case .tooManyFromAddress: refuse(upgrade, .tooManyConnections)
        }
    }

    /// Refuses a socket; without an answer if too many sockets wait for their peers to read one.
    private func refuse(_ upgrade: UpgradeSession, _ refusal: Refusal) {
        upgrade.depart()
        if case .atOnce = upgrade.departure {
            remove(upgrade)
            return upgrade.socket.close()
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
