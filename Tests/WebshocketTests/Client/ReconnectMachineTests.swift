import Testing
import Webshocket

@Suite("The reconnect state machine")
struct ReconnectMachineTests {
    static let start = ContinuousClock.now
    static func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    /// The actions of a script. A `chance` of 1 makes each pause as long as possible.
    private struct Script {
        var machine: ReconnectMachine
        var actions: [ReconnectMachine.Action] = []

        init(_ reconnect: RetryPolicy = .exponential(base: .seconds(1), cap: .seconds(8))) {
            machine = ReconnectMachine(reconnect: reconnect)
        }

        mutating func opens(at seconds: Double) {
            machine.attemptSucceeded()
            machine.prepared(at: ReconnectMachineTests.at(seconds))
        }
        mutating func fails(
            at seconds: Double, _ outlook: ReconnectMachine.Outlook = .mayHeal, chance: Double = 1
        ) -> ReconnectMachine.Action {
            machine.attemptFailed(outlook, at: ReconnectMachineTests.at(seconds), chance: chance)
        }
        mutating func ends(
            at seconds: Double, _ outlook: ReconnectMachine.Outlook = .mayHeal, chance: Double = 1
        ) -> ReconnectMachine.Action {
            machine.connectionEnded(outlook, at: ReconnectMachineTests.at(seconds), chance: chance)
        }
    }

    private func wait(until seconds: Double, _ attempt: Int) -> ReconnectMachine.Action {
        .wait(until: Self.at(seconds), attempt: attempt)
    }

    @Test("doubles the pauses up to the cap, and waits a random part of them")
    func pauses() {
        var script = Script()
        var actions = [script.machine.connectRequested(retry: .exponential(base: .seconds(1), cap: .seconds(8)))]
        for (index, chance) in [1, 1, 1, 1, 1, 0.5, 0].enumerated() {
            actions.append(script.fails(at: 0, chance: chance))
            if index < 6 { actions.append(script.machine.timeCame()) }
        }
        let pauses = [1.0, 2, 4, 8, 8, 4, 0]
        var expected: [ReconnectMachine.Action] = [.connect(attempt: 1)]
        for (index, pause) in pauses.enumerated() {
            expected.append(wait(until: pause, index + 2))
            if index < 6 { expected.append(.connect(attempt: index + 2)) }
        }
        #expect(actions == expected)
    }

    @Test("makes a single attempt unless the caller passes a retry policy", arguments: [nil, RetryPolicy.never])
    func alone(retry: RetryPolicy?) {
        var script = Script()
        let begun = script.machine.connectRequested(retry: retry)
        let failed = script.fails(at: 0)
        #expect([begun, failed] == [.connect(attempt: 1), .finish])
        #expect(script.machine.phase == .closed)
    }

    @Test("makes exactly the allowed number of attempts", arguments: 1...4)
    func attempts(count: Int) {
        var script = Script()
        var made = 0
        var action = script.machine.connectRequested(retry: .exponential(attempts: count))
        while action != .finish {
            if case .connect = action {
                made += 1
                action = script.fails(at: 0)
            } else {
                action = script.machine.timeCame()
            }
        }
        #expect(made == count)
    }

    @Test("resets the pauses after a healthy connection, and not after one that ends at once")
    func healthy() {
        var script = Script()
        _ = script.machine.connectRequested(retry: nil)
        script.opens(at: 0)
        // Each connection lasts one second less than the healthy time.
        var pauses: [ReconnectMachine.Action] = []
        for begin in [0.0, 100, 200, 300] {
            pauses.append(script.ends(at: begin + 9))
            _ = script.machine.timeCame()
            script.opens(at: begin + 100)
        }
        #expect(pauses == [wait(until: 10, 2), wait(until: 111, 3), wait(until: 213, 4), wait(until: 317, 5)])
        let healthy = script.ends(at: 410)
        #expect(healthy == wait(until: 411, 1))
    }

    @Test("waits at least as long as the server requests")
    func advice() {
        var script = Script()
        _ = script.machine.connectRequested(retry: nil)
        script.opens(at: 0)
        let after = script.ends(at: 20, .after(.seconds(3)), chance: 0)
        _ = script.machine.timeCame()
        // Other clients got the same advice, so a random part of the pause is added.
        let notBefore = script.fails(at: 23, .notBefore(.seconds(5)), chance: 0.5)
        #expect([after, notBefore] == [wait(until: 23, 1), wait(until: 28.5, 2)])
    }

    @Test("does not retry after a permanent failure")
    func hopeless() {
        var script = Script()
        _ = script.machine.connectRequested(retry: .exponential())
        let refused = script.fails(at: 0, .hopeless)
        _ = script.machine.connectRequested(retry: .exponential())
        script.opens(at: 0)
        let ended = script.ends(at: 60, .hopeless)
        #expect([refused, ended] == [.finish, .finish])
    }

    @Test("does not reconnect with the policy never")
    func never() {
        var script = Script(.never)
        _ = script.machine.connectRequested(retry: .exponential())
        script.opens(at: 0)
        let action = script.ends(at: 60)
        #expect(action == .finish)
    }

    @Test("uses a caller's policy only until the first open connection")
    func callersPolicy() {
        var script = Script(.exponential(base: .seconds(1), cap: .seconds(8)))
        _ = script.machine.connectRequested(retry: .exponential(attempts: 2))
        _ = script.fails(at: 0)
        _ = script.machine.timeCame()
        script.opens(at: 0)
        var action = script.ends(at: 60)
        for _ in 0..<20 {
            _ = script.machine.timeCame()
            action = script.fails(at: 60)
        }
        #expect(action == wait(until: 68, 21))
    }

    @Test("connects immediately if requested during a pause")
    func impatient() {
        var script = Script()
        _ = script.machine.connectRequested(retry: nil)
        script.opens(at: 0)
        _ = script.ends(at: 60)
        let action = script.machine.connectRequested(retry: nil)
        #expect(action == .connect(attempt: 1))
        let late = script.machine.timeCame()
        #expect(late == .nothing)
    }

    @Test("closes immediately during an attempt or a pause, and after the closing handshake if connected")
    func closing() {
        var connecting = Script()
        _ = connecting.machine.connectRequested(retry: .exponential())
        var waiting = connecting
        _ = waiting.fails(at: 0)
        var open = connecting
        open.opens(at: 0)
        var preparing = connecting
        preparing.machine.attemptSucceeded()
        let asked = [
            connecting.machine.closeRequested(), waiting.machine.closeRequested(), open.machine.closeRequested(),
            preparing.machine.closeRequested(),
        ]
        #expect(asked == [.finish, .finish, .nothing, .nothing])
        let ended = [open.ends(at: 1, .after(.seconds(1))), preparing.ends(at: 1)]
        #expect(ended == [.finish, .finish])
        // Late events have no effect.
        let late = [connecting.fails(at: 1), waiting.machine.timeCame()]
        #expect(late == [.nothing, .nothing])
        #expect(connecting.machine.phase == .closed)
    }

    @Test("counts a connection that ends during its preparation as a failed attempt")
    func preparation() {
        var script = Script()
        _ = script.machine.connectRequested(retry: .exponential(attempts: 2, base: .seconds(1)))
        script.machine.attemptSucceeded()
        let first = script.ends(at: 0)
        _ = script.machine.timeCame()
        script.machine.attemptSucceeded()
        let second = script.ends(at: 0, .hopeless)
        #expect([first, second] == [wait(until: 1, 2), .finish])
    }

    @Test(
        "names settings that are out of range",
        arguments: [
            (.exponential(attempts: -1), "attempts"), (.exponential(base: .zero), "base"),
            (.exponential(base: .seconds(2), cap: .seconds(1)), "cap"), (.exponential(healthyAfter: .zero), "healthy"),
            (.exponential(cap: .seconds(86_401)), "cap"),
        ] as [(RetryPolicy, String)])
    func settings(policy: RetryPolicy, name: String) async {
        var configuration = ClientConfiguration()
        configuration.reconnect = policy
        let client = WebSocketClient("ws://127.0.0.1:1", configuration: configuration)
        let error = await #expect(throws: ClientError.self) { try await client.connect() }
        #expect(error?.code == .invalidConfiguration && error?.message.contains(name) == true)
        let other = WebSocketClient("ws://127.0.0.1:1")
        let refused = await #expect(throws: ClientError.self) { try await other.connect(retry: policy) }
        #expect(refused?.code == .invalidConfiguration)
    }
}
