import Testing
import Webshocket

@Suite("Heartbeat decisions")
struct PulseTests {
    private typealias Sight = Pulse.Sight
    private typealias Step = Pulse.Step

    private static let alive = Sight(hasLife: true)
    private static let silent = Sight()
    /// Reading is paused, so the peer cannot be judged.
    private static let paused = Sight(canTell: false, isPaused: true)
    /// The ping has not left, or reading was paused a moment ago.
    private static let unsure = Sight(canTell: false)

    private static func pulse(missed: Int = 1, interval: Int = 25, timeout: Int = 20) -> Pulse {
        Pulse(Heartbeat(interval: .seconds(interval), timeout: .seconds(timeout), missedPings: missed))
    }

    /// Passes each observation to the pulse, and returns the actions up to the first that ends the connection.
    private static func actions(_ pulse: Pulse, _ sights: [Sight]) -> [Pulse.Action] {
        var pulse = pulse
        _ = pulse.begin()
        return sights.map { pulse.waited($0) }
    }

    /// Returns the times of the pings and of the end, in seconds, if each observation is the same.
    private static func times(_ pulse: Pulse, _ sight: Sight, asks: Int) -> (pings: [Int], end: Int?) {
        var pulse = pulse
        var now = pulse.begin()
        var pings: [Int] = []
        for _ in 0..<asks {
            switch pulse.waited(sight) {
            case .giveUp: return (pings, Int(now.components.seconds))
            case .go(let step):
                if step.frame == .ping { pings.append(Int(now.components.seconds)) }
                now += step.wait
            }
        }
        return (pings, nil)
    }

    @Test("checks every half timeout, pings every interval, and decides when the timeout is over")
    func rhythm() {
        var pulse = Self.pulse()
        #expect(pulse.begin() == .seconds(10))
        let steps: [Pulse.Action] = [
            .go(Step(wait: .seconds(10))), .go(Step(wait: .seconds(5))),
            .go(Step(.ping, forgets: true, wait: .seconds(10))), .go(Step(wait: .seconds(10))),
            .go(Step(wait: .seconds(5))),
            .go(Step(.ping, forgets: true, wait: .seconds(10))),
        ]
        for step in steps {
            let action = pulse.waited(Self.alive)
            #expect(action == step)
        }
        let isAwaiting = pulse.isAwaiting
        #expect(isAwaiting)
    }

    @Test(
        "gives up a silent peer after interval and timeout, or later if more pings may be missed",
        arguments: [
            (1, 25, 20, [25], 45), (2, 25, 20, [25, 50], 70), (3, 25, 20, [25, 50, 75], 95),
            (1, 5, 20, [5], 25), (2, 5, 20, [5, 25], 45), (2, 20, 20, [20, 40], 60), (1, 100, 2, [100], 102),
        ])
    func silence(missed: Int, interval: Int, timeout: Int, pings: [Int], end: Int) {
        let times = Self.times(
            Self.pulse(missed: missed, interval: interval, timeout: timeout), Self.silent, asks: 200)
        #expect(times.pings == pings && times.end == end)
    }

    @Test("never gives up a peer that gives signs of life, or that cannot be judged", arguments: [true, false])
    func life(hasLife: Bool) {
        let times = Self.times(Self.pulse(), hasLife ? Self.alive : Self.paused, asks: 1_000)
        #expect(times.end == nil)
        #expect(hasLife ? times.pings.count > 100 : times.pings == [25], "one ping waits at most")
    }

    @Test("tolerates missed pings up to the limit, and resets the count at a sign of life")
    func forgiving() {
        var pulse = Self.pulse(missed: 2, interval: 20, timeout: 20)
        _ = pulse.begin()
        // Two checks before each ping and before each decision.
        var end: Int?
        for (number, sight) in [Self.silent, Self.silent, Self.alive, Self.silent, Self.silent].enumerated() {
            _ = pulse.waited(sight)
            if case .giveUp = pulse.waited(sight), end == nil { end = number }
        }
        // The first two checks end in a ping. Only the last two decisions are consecutive misses.
        #expect(end == 4)
    }

    @Test("waits for a whole timeout after the peer can be judged again")
    func resumed() {
        // At 25 s: ping. At 45 s: paused. At 65 s: reading has resumed since. At 85 s: silent all the time.
        let actions = Self.actions(
            Self.pulse(),
            [
                Self.silent, Self.silent, Self.silent, Self.silent, Self.paused, Self.silent, Self.unsure, Self.silent,
                Self.silent,
            ])
        #expect(actions[4] == .go(Step(.pong, forgets: true, wait: .seconds(10))))
        #expect(actions[6] == .go(Step(forgets: true, wait: .seconds(10))))
        #expect(actions[8] == .giveUp)
    }

    @Test("sends a pong every half timeout while reading is paused")
    func pongs() {
        let actions = Self.actions(Self.pulse(), Array(repeating: Self.paused, count: 8))
        let frames = actions.map { action -> Pulse.Frame? in
            guard case .go(let step) = action else { return nil }
            return step.frame
        }
        #expect(frames == [.pong, .pong, .ping, .pong, .pong, .pong, .pong, .pong])
    }

    @Test(
        "rejects invalid settings, and names the setting",
        arguments: [
            (Heartbeat(), nil), (Heartbeat(interval: .nanoseconds(1), timeout: .nanoseconds(1)), nil),
            (Heartbeat(interval: .zero), "heartbeat.interval must be positive (got 0.0 seconds)"),
            (Heartbeat(timeout: .seconds(-1)), "heartbeat.timeout must be positive (got -1.0 seconds)"),
            (Heartbeat(missedPings: 0), "heartbeat.missedPings must be at least 1 (got 0)"),
        ] as [(Heartbeat, String?)])
    func flaws(heartbeat: Heartbeat, flaw: String?) async throws {
        var server = ServerConfiguration.quiet
        server.timeouts.heartbeat = heartbeat
        var client = ClientConfiguration()
        client.heartbeat = heartbeat
        guard let flaw else {
            return try await withServer(SampleHandler(), server) { server in
                let client = WebSocketClient(once: server.url, configuration: client)
                _ = try? await client.connect()
                await client.close()
            }
        }
        let refused = WebSocketServer(port: 0, handler: SampleHandler(), configuration: server)
        await #expect(throws: ServerError(code: .invalidConfiguration, message: "timeouts.\(flaw)")) {
            try await refused.start()
        }
        let error = await #expect(throws: ClientError.self) {
            try await WebSocketClient("ws://127.0.0.1:1", configuration: client).connect()
        }
        #expect(error?.code == .invalidConfiguration && error?.message == flaw)
    }
}
