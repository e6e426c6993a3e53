import EventLoops
import FaultyNetwork
import Webshocket

/// Clients that call, stream and listen through a proxy that cuts and stalls them at random, and what must hold all the
/// same: no call hangs, none runs twice that must not, channels and streams keep their order, and nothing is left over.
package struct SoakRun: Sendable {
    package struct Plan: Sendable {
        package var time = Duration.seconds(60)
        package var clients = 100
        package var seed: UInt64 = 1
        package var faultsPerSecond = 8.0
        /// For a round before the one that counts: what a process keeps for good is there behind it.
        package var warmUp = Duration.seconds(3)
        /// Where the server listens; any free port for nil.
        package var port: Int?
        /// Where what stands in front of the server listens; nil for nothing in front of it.
        package var front: Int?
        /// Whom the clients trust, in a PEM file, if what they meet speaks TLS.
        package var authorities: String?

        package init() {}
    }

    private static let channels = 4
    /// Descriptors that the run-time library opens when it likes.
    private static let spareDescriptors = 8
    private static let spareMemory = 24 * 1_048_576

    private let plan: Plan

    package init(_ plan: Plan) { self.plan = plan }

    /// - Returns: the ledger of the round that counts, with a line for each number in `report`.
    package func run(report: (String) -> Void) async throws -> Ledger {
        let first = Ledger()
        try await round(first, for: plan.warmUp) { _ in }
        let before = await Footprint.now()
        let ledger = Ledger()
        try await round(ledger, for: plan.time, report: report)
        // The last descriptors close, and the last timers fire, on threads of their own.
        var after = await Footprint.now()
        for _ in 0..<100 where after.descriptors > before.descriptors || after.timers > before.timers {
            try await Task.sleep(for: .milliseconds(50))
            after = await Footprint.now()
        }
        for text in first.current.violations { ledger.violation("in the warm-up: \(text)") }
        if after.descriptors > before.descriptors + Self.spareDescriptors {
            ledger.violation("\(after.descriptors) descriptors are open, \(before.descriptors) were")
        }
        if after.memory > before.memory + Self.spareMemory {
            ledger.violation("\(after.memory >> 20) MiB are resident, \(before.memory >> 20) were")
        }
        if after.timers > 0 { ledger.violation("\(after.timers) timers of the clients' loop are set") }
        report(
            """
            before: \(before.descriptors) descriptors, \(before.memory >> 20) MiB; \
            after: \(after.descriptors) descriptors, \(after.memory >> 20) MiB, \(after.timers) timers
            """)
        return ledger
    }

    private func round(_ ledger: Ledger, for time: Duration, report: (String) -> Void) async throws {
        var configuration = ServerConfiguration(log: .silent)
        configuration.timeouts.heartbeat = Heartbeat(interval: .seconds(1), timeout: .seconds(2))
        let server = WebSocketServer(
            port: plan.port ?? 0, handler: SoakHandler(ledger: ledger), configuration: configuration)
        try await server.start()
        let proxy = try await FaultyProxy.start(to: .tcp(host: "127.0.0.1", port: UInt16(plan.front ?? server.port)))
        var peers = ClientConfiguration.soak
        if let authorities = plan.authorities { peers.tls = ClientTLS(trustRoots: .only(.file(authorities))) }
        let url = "\(plan.authorities == nil ? "ws" : "wss")://127.0.0.1:\(proxy.port)"
        let channels = (0..<Self.channels).map { "ticks.\($0)" }
        let clients = (0..<plan.clients).map { [peers] number in
            SoakClient(
                "client \(number)", url: url,
                channels: [channels[number % channels.count], channels[(number + 1) % channels.count]],
                configuration: peers, ledger: ledger)
        }
        let publishing = Task { try await publish(to: channels, server.hub, ledger) }
        let running = Task {
            await withTaskGroup { group in
                for client in clients { group.addTask { await client.run() } }
            }
        }
        try await Task.sleep(for: .milliseconds(500))
        await proxy.beginFaults(
            FaultSchedule(seed: plan.seed, perSecond: plan.faultsPerSecond, longestStall: .seconds(3)))
        try await Task.sleep(for: time)
        await proxy.endFaults()
        for client in clients { client.finish() }
        await waitForCalls(ledger)
        publishing.cancel()
        _ = try? await publishing.value
        for client in clients { await client.stop() }
        if ledger.hanging == 0 { await running.value } else { running.cancel() }
        await check(server, ledger)
        await server.stop()
        let counts = await proxy.stop()
        if counts.open > 0 { ledger.violation("\(counts.open) connections of the proxy are open") }
        report(Self.text(ledger.current, counts))
    }

    /// All calls have a timeout, so they end by themselves.
    private func waitForCalls(_ ledger: Ledger) async {
        let end = ContinuousClock.now + .seconds(30)
        while ledger.hanging > 0, .now < end { try? await Task.sleep(for: .milliseconds(20)) }
        if ledger.hanging > 0 { ledger.violation("\(ledger.hanging) calls and streams have not ended") }
    }

    private func publish(to channels: [String], _ hub: Hub, _ ledger: Ledger) async throws {
        var number = 0
        while !Task.isCancelled {
            for channel in channels { try hub.publish(number, to: channel) }
            ledger.note { $0.published += channels.count }
            number += 1
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Everybody has left, soon if not at once.
    private func check(_ server: WebSocketServer, _ ledger: Ledger) async {
        let end = ContinuousClock.now + .seconds(15)
        func isEmpty() -> Bool {
            let hub = server.hub.statistics
            return server.connectionCount == 0 && hub.connections == 0 && hub.channels == 0
                && ledger.current.running == 0
        }
        while !isEmpty(), .now < end { try? await Task.sleep(for: .milliseconds(20)) }
        guard !isEmpty() else { return }
        ledger.violation(
            "left over: \(server.connectionCount) connections, \(ledger.current.running) methods, \(server.hub.statistics)"
        )
    }

    private static func text(_ state: Ledger.State, _ proxy: ProxyCounts) -> String {
        """
        calls: \(state.calls) answered, \(state.callsFailed) failed; the longest took \(state.longestCall)
        streams: \(state.streams) whole, \(state.streamsFailed) cut; \(state.elements) elements
        channels: \(state.published) published, \(state.messages) received
        connections: \(state.attempts) attempts, \(state.connects) connected
        proxy: \(proxy.accepted) accepted, \(proxy.cut) cut, \(proxy.stalled) stalled, \(proxy.bytes >> 10) KiB forwarded
        """
    }
}
