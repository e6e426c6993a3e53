import EventLoops

/// A TCP proxy on the loopback interface that forwards to one endpoint, and simulates network faults.
///
/// It applies backpressure: if one side does not read, the proxy stops reading from the opposite side. Thread-safe.
package final class FaultyProxy: Sendable {
    private let group: EventLoopGroup
    private let listener: Listener
    private let core: LoopBound<ProxyCore>

    private init(_ group: EventLoopGroup, _ listener: Listener, _ core: LoopBound<ProxyCore>) {
        self.group = group
        self.listener = listener
        self.core = core
    }

    /// Listens on a free port of 127.0.0.1.
    package static func start(to target: Endpoint) async throws -> FaultyProxy {
        let group = EventLoopGroup(loops: 1, name: "faulty-proxy")
        let core = LoopBound(ProxyCore(to: target, on: group.loops[0]), loop: group.loops[0])
        let listener = try await Listener.listen(on: .tcp(host: "127.0.0.1", port: 0), loops: group.loops) { socket in
            core.value.accept(socket)
        }
        return FaultyProxy(group, listener, core)
    }

    package var port: Int { Int(listener.localAddress.port ?? 0) }

    package var counts: ProxyCounts {
        get async { await run { $0.counts } }
    }

    package func inflict(_ fault: Fault, on victims: Victims = .all) async {
        await run { $0.inflict(fault, on: victims) }
    }

    /// Resets all connections immediately.
    package func cutAll() async { await inflict(.reset) }

    /// Stops forwarding on all connections for a time.
    package func stall(for time: Duration, _ direction: Direction = .both) async {
        await inflict(.stall(time, direction))
    }

    /// Resets new connections for a time.
    package func refuse(for time: Duration) async { await run { $0.refuse(for: time) } }

    /// Injects the faults of a schedule until ``endFaults()`` is called.
    package func beginFaults(_ schedule: FaultSchedule) async { await run { $0.begin(schedule) } }

    package func endFaults() async { await run { $0.endFaults() } }

    /// Resets all connections, and returns when they are closed and the proxy's loop has ended.
    /// - Returns: The final counts.
    @discardableResult
    package func stop() async -> ProxyCounts {
        await listener.close()
        await run { $0.stop() }
        while await counts.open > 0 { await Task.yield() }
        let counts = await counts
        await group.shutdown()
        return counts
    }

    private func run<R: Sendable>(_ body: @escaping @Sendable (ProxyCore) -> R) async -> R {
        await withCheckedContinuation { continuation in
            core.loop.execute { [core] in continuation.resume(returning: body(core.value)) }
        }
    }
}

/// The counters of a proxy. Except for `open`, they count events since the start.
package struct ProxyCounts: Sendable, Equatable {
    package var open = 0
    package var accepted = 0
    package var cut = 0
    package var stalled = 0
    package var refused = 0
    package var bytes = 0
}
