import EventLoops
import Webshocket

/// Restarts a server with connected clients. All clients must reconnect, spread over a window of time.
package struct RestartRun: Sendable {
    package struct Plan: Sendable {
        /// The path of the built command.
        package var server: String
        package var clients = 500
        /// Whether to end the server with SIGTERM, so that it advises clients when to reconnect, or with SIGKILL.
        package var isGraceful = false
        /// The maximum pause before a client reconnects, without advice from the server.
        package var longestPause = Duration.seconds(5)
        package var downtime = Duration.milliseconds(300)

        /// The window in which clients reconnect: the default advice of the server, or the pauses of the clients.
        var window: ClosedRange<Duration> {
            guard isGraceful, case .reconnect(let window) = ServerConfiguration().shutdownAdvice else {
                return .zero...longestPause
            }
            return window
        }

        package init(server: String) { self.server = server }
    }

    package struct Outcome: Sendable {
        /// The times of the connection attempts, from the signal that ends the server.
        package let attempts: Histogram
        /// The number of clients that reconnected.
        package let back: Int
        /// The time until the last client reconnected.
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
        // A client waits for the longer of its own pause and the server's advice: after a graceful end, the advice.
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
        // `isConnected` is not sufficient: it is still true for a client that has not noticed the end of the server.
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
            guard .now < end else { throw ServedCommand.Failure(description: "timed out after \(Self.patience)") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
