import EventLoops
import Webshocket

/// Connects again by hand: a plain client for each connection, and a random pause before each attempt.
package final class HandPeer: SoakPeer {
    private struct State {
        var client: WebSocketClient?
        var isStopped = false
        var pause: Task<Void, Never>?
    }

    struct Stopped: Error {}

    private static let look = Duration.milliseconds(5)

    private let settings: SoakPeerSettings
    private let state = Locked(State())

    package init(_ settings: SoakPeerSettings) { self.settings = settings }

    package func run() async {
        while !isStopped {
            let closure = await connection()
            guard !isStopped else { break }
            await pause(after: closure)
        }
    }

    /// Connects once, and returns when that has come to an end.
    private func connection() async -> ConnectionClosure? {
        let client = WebSocketClient(settings.url, configuration: settings.client)
        settings.onAttempt()
        var closure: ConnectionClosure?
        do {
            try await client.connect()
            if !settings.channels.isEmpty { try await client.subscribe(to: settings.channels) }
            settings.onConnect()
            state.withLock { $0.client = client }
            while !isStopped { settings.onPacket(try await client.receive()) }
        } catch {
            closure = (error as? ClientError)?.closure
        }
        state.withLock { $0.client = nil }
        await client.close()
        return closure
    }

    private func pause(after closure: ConnectionClosure?) async {
        var time = settings.longestPause * Double.random(in: 0...1)
        if case .after(let advised) = closure?.advice { time = advised }
        let pause = Task { [time] in _ = try? await Task.sleep(for: time) }
        state.withLock { $0.pause = pause }
        if isStopped { pause.cancel() }
        await pause.value
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    package var isConnected: Bool { state.withLock { $0.client?.isConnected ?? false } }

    package func stop() async {
        let (client, pause) = state.withLock { state in
            state.isStopped = true
            return (state.client, state.pause)
        }
        pause?.cancel()
        await client?.close()
    }

    package func client(within time: Duration) async throws -> WebSocketClient {
        let end = ContinuousClock.now + time
        while .now < end, !isStopped {
            if let client = state.withLock({ $0.client }), client.isConnected { return client }
            try await Task.sleep(for: Self.look)
        }
        throw Stopped()
    }

    package func call(
        _ method: String, _ arguments: [Value], within time: Duration, isIdempotent: Bool
    ) async throws -> Value {
        let end = ContinuousClock.now + time
        while true {
            let client = try await client(within: end - .now)
            do {
                let left = max(end - .now, .milliseconds(1))
                return try await client.sendRPC(method, arguments: arguments, timeout: .after(left)).result()
            } catch let error as ClientError where isIdempotent && error.code != .timedOut && .now < end {
                try await Task.sleep(for: Self.look)
            }
        }
    }
}
