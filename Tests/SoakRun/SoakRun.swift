import EventLoops
import FaultyNetwork
import Webshocket

/// Runs clients through a proxy that cuts and stalls their connections at random, and checks the guarantees.
///
/// No call hangs, and no call runs twice unless it is idempotent. Channels and streams keep their order. No resources
/// leak.
package struct SoakRun: Sendable {
    package struct Plan: Sendable {
        package var time = Duration.seconds(60)
        package var clients = 100
        package var seed: UInt64 = 1
        package var faultsPerSecond = 8.0
        /// The duration of a first round, in which the process allocates the resources that it keeps permanently.
        package var warmUp = Duration.seconds(3)
        /// The port of the server; nil for any free port.
        package var port: Int?
        /// The port of a proxy in front of the server; nil for none.
        package var front: Int?
        /// The path of a PEM file of certificate authorities that the clients trust; nil for connections without TLS.
        package var authorities: String?

        package init() {}
    }

    private static let channels = 4
    /// The number of descriptors that the runtime library may open at any time.
    private static let spareDescriptors = 8
    private static let spareMemory = 24 * 1_048_576

    private let plan: Plan

    package init(_ plan: Plan) { self.plan = plan }

    /// Runs the warm-up round and the measured round.
    ///
    /// - Parameter report: Called with lines of statistics.
    /// - Returns: The ledger of the measured round, with the violations of both rounds.
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
            ledger.violation("\(after.descriptors) descriptors are open (\(before.descriptors) before)")
        }
        if after.memory > before.memory + Self.spareMemory {
            ledger.violation("\(after.memory >> 20) MiB are resident (\(before.memory >> 20) before)")
        }
        if after.timers > 0 { ledger.violation("\(after.timers) timers of the clients' loop are still active") }
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
        if counts.open > 0 { ledger.violation("\(counts.open) connections of the proxy are still open") }
        report(Self.text(ledger.current, counts))
    }

    /// Waits until all calls have ended. Each call has a timeout.
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

    /// Checks that all connections, subscriptions and methods of the server end within a short time.
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
            "leaked: \(server.connectionCount) connections, \(ledger.current.running) methods, \(server.hub.statistics)"
        )
    }

    private static func text(_ state: Ledger.State, _ proxy: ProxyCounts) -> String {
        """
        calls: \(state.calls) answered, \(state.callsFailed) failed; the longest took \(state.longestCall)
        streams: \(state.streams) completed, \(state.streamsFailed) failed; \(state.elements) elements
        channels: \(state.published) published, \(state.messages) received
        connections: \(state.attempts) attempts, \(state.connects) connected
        proxy: \(proxy.accepted) accepted, \(proxy.cut) cut, \(proxy.stalled) stalled, \(proxy.bytes >> 10) KiB forwarded
        """
    }
}
