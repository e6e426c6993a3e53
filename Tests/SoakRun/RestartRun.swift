import EventLoops
import Webshocket

/// A server that is ended and started again under its clients: all must come back, and not at one time.
package struct RestartRun: Sendable {
    package struct Plan: Sendable {
        /// The built command.
        package var server: String
        package var clients = 500
        /// Ends the server with SIGTERM, so that it gives advice; else with SIGKILL.
        package var isGraceful = false
        /// A pause is at most so long, where the server has not given advice.
        package var longestPause = Duration.seconds(5)
        package var downtime = Duration.milliseconds(300)

        /// In which clients come back: as the server advises unless it is told otherwise, or after their own pauses.
        var window: ClosedRange<Duration> {
            guard isGraceful, case .reconnect(let window) = ServerConfiguration().shutdownAdvice else {
                return .zero...longestPause
            }
            return window
        }

        package init(server: String) { self.server = server }
    }

    package struct Outcome: Sendable {
        /// Of the attempts, from the moment at which the server is told to end.
        package let attempts: Histogram
        package let back: Int
        /// Until the last was back.
        package let time: Duration
    }

    private struct State {
        var connected = 0
        var attempts: [ContinuousClock.Instant] = []
    }

    private static let patience = Duration.seconds(60)

    private let plan: Plan

    package init(_ plan: Plan) { self.plan = plan }

    package func run() async throws -> Outcome {
        let first = try ServedCommand(plan.server, port: 0)
        let state = Locked(State())
        var configuration = ClientConfiguration.soak
        // Of its own pause and the server's advice a client waits the longer: after a graceful end, the advice.
        configuration.reconnect = .exponential(
            base: plan.isGraceful ? plan.window.lowerBound : plan.longestPause, cap: plan.longestPause)
        let clients = (0..<plan.clients).map { [configuration] _ in
            WebSocketClient("ws://127.0.0.1:\(first.port)", configuration: configuration)
        }
        let observations = clients.map { client in
            client.observe { event in
                switch event {
                case .connecting: state.withLock { $0.attempts.append(.now) }
                case .open: state.withLock { $0.connected += 1 }
                case .restored, .waiting, .renewed, .renewalFailed, .closed, .sent, .received: break
                }
            }
        }
        defer { for observation in observations { observation.cancel() } }
        for client in clients { try await client.connect(retry: .exponential(attempts: 5)) }
        try await wait { state.withLock { $0.connected } >= plan.clients }
        state.withLock { $0 = State() }
        let end = ContinuousClock.now
        first.end(gracefully: plan.isGraceful)
        try await Task.sleep(for: plan.downtime)
        let second = try ServedCommand(plan.server, port: first.port)
        // Those that have not noticed the end yet count as connected.
        try? await wait { state.withLock { $0.connected } >= plan.clients && clients.allSatisfy(\.isConnected) }
        let time = end.duration(to: .now)
        let back = clients.count(where: \.isConnected)
        let attempts = state.withLock { $0.attempts }.map { end.duration(to: $0) }
        await withTaskGroup { group in
            for client in clients { group.addTask { await client.close() } }
        }
        second.end(gracefully: true)
        return Outcome(attempts: Histogram(attempts, in: plan.window), back: back, time: time)
    }

    private func wait(until condition: () -> Bool) async throws {
        let end = ContinuousClock.now + Self.patience
        while !condition() {
            guard .now < end else { throw ServedCommand.Failure(description: "it took longer than \(Self.patience)") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
