import EventLoops

/// The state of a proxy. Confined to the proxy's loop.
final class ProxyCore {
    private static let connectTimeout = Duration.seconds(5)

    let loop: EventLoop
    private let target: Endpoint
    private var connections: [UInt64: ProxyConnection] = [:]
    private var lastID: UInt64 = 0
    private var latency = Duration.zero
    private var pieces: Int?
    private var refusesUntil: ContinuousClock.Instant?
    private var schedule: FaultSchedule?
    private var timer: TimerToken?
    private var isStopping = false
    var counts = ProxyCounts()

    init(to target: Endpoint, on loop: EventLoop) {
        self.target = target
        self.loop = loop
    }

    func accept(_ client: Socket) {
        counts.accepted += 1
        if let refusesUntil, .now < refusesUntil {
            counts.refused += 1
            return client.reset()
        }
        counts.open += 1
        let parties = LoopBound((core: self, client: client), loop: loop)
        Socket.connect(to: target, on: loop, timeout: Self.connectTimeout) { result in
            let (core, client) = parties.value
            core.didConnect(client, result)
        }
    }

    private func didConnect(_ client: Socket, _ result: Result<Socket, SocketError>) {
        switch result {
        case .success(let server) where !isStopping: join(client, server)
        case .success(let server):
            server.reset()
            giveUp(client)
        case .failure: giveUp(client)
        }
    }

    private func giveUp(_ client: Socket) {
        counts.open -= 1
        client.reset()
    }

    private func join(_ client: Socket, _ server: Socket) {
        lastID += 1
        let id = lastID
        let connection = ProxyConnection(client: client, server: server) { [self] bytes in
            connections[id] = nil
            counts.open -= 1
            counts.bytes += bytes
        }
        connections[id] = connection
        connection.apply(.latency(latency))
        connection.apply(.pieces(of: pieces))
        connection.start()
    }

    func inflict(_ fault: Fault, on victims: Victims) {
        let hit: [ProxyConnection]
        switch victims {
        case .all:
            hit = Array(connections.values)
            switch fault {
            case .latency(let time): latency = time
            case .pieces(let size): pieces = size
            case .reset, .end, .stall: break
            }
        case .one(let part):
            let ids = connections.keys.sorted()
            hit = ids.isEmpty ? [] : connections[ids[Int(part * Double(ids.count))]].map { [$0] } ?? []
        }
        switch fault {
        case .reset, .end: counts.cut += hit.count
        case .stall: counts.stalled += hit.count
        case .latency, .pieces: break
        }
        for connection in hit { connection.apply(fault) }
    }

    func refuse(for time: Duration) { refusesUntil = .now + time }

    func begin(_ schedule: FaultSchedule) {
        endFaults()
        self.schedule = schedule
        inflictNext()
    }

    func endFaults() {
        schedule = nil
        timer.take().map { loop.cancel($0) }
    }

    /// Resets all connections, including those that are not connected to the server yet.
    func stop() {
        isStopping = true
        endFaults()
        inflict(.reset, on: .all)
    }

    private func inflictNext() {
        guard let entry = schedule?.next() else { return }
        timer = loop.schedule(after: entry.wait) { [self] in
            timer = nil
            inflict(entry.fault, on: entry.victims)
            inflictNext()
        }
    }
}
