import Testing
import Webshocket

@Suite("The silence watch")
struct SilenceWatchTests {
    private static let start = ContinuousClock.now
    private static let heartbeat = Heartbeat(interval: .seconds(25), timeout: .seconds(20))

    private static func isTrusted(_ watch: inout SilenceWatch, after silence: Duration) -> Bool {
        watch.sendRequested(lastReceived: start, at: start + silence) == .send
    }

    private static func pong(_ payload: [UInt8], to watch: inout SilenceWatch) -> Bool {
        payload.withUnsafeBytes { watch.pongArrived($0) }
    }

    @Test("allows sending while the silence is within the heartbeat's limit")
    func normal() {
        var watch = SilenceWatch(Self.heartbeat)
        #expect(watch.longestSilence == .seconds(45) && watch.patience == .seconds(20))
        for silence in [.zero, .seconds(25), .seconds(45)] as [Duration] {
            #expect(Self.isTrusted(&watch, after: silence))
        }
        #expect(!Self.isTrusted(&watch, after: .seconds(45) + .nanoseconds(1)))
    }

    @Test("includes the pings that may be missed")
    func missedPings() {
        let patient = SilenceWatch(Heartbeat(interval: .seconds(25), timeout: .seconds(20), missedPings: 3))
        #expect(patient.longestSilence == .seconds(95) && patient.patience == .seconds(60))
        let endless = SilenceWatch(Heartbeat(interval: .seconds(25), timeout: .seconds(20), missedPings: .max))
        #expect(endless.longestSilence > .seconds(1_000_000_000))
    }

    @Test("requests one ping, and holds everything until its pong arrives")
    func holds() throws {
        var watch = SilenceWatch(Self.heartbeat)
        let late = Self.start + .seconds(60)
        guard case .ping(let payload, within: .seconds(20)) = watch.sendRequested(lastReceived: Self.start, at: late)
        else {
            Issue.record("no ping")
            return
        }
        #expect(watch.isHolding)
        // Messages that arrive now are not a sign of life either, because they may have been sent before the silence.
        #expect(watch.sendRequested(lastReceived: late, at: late) == .hold)
        #expect(!Self.pong([], to: &watch) && !Self.pong(payload + [0], to: &watch) && watch.isHolding)
        #expect(Self.pong(payload, to: &watch) && !watch.isHolding)
        #expect(!Self.pong(payload, to: &watch))
        #expect(watch.sendRequested(lastReceived: late, at: late) == .send)
        // The next silence needs a new ping.
        guard case .ping(let next, _) = watch.sendRequested(lastReceived: late, at: late + .seconds(60)) else {
            Issue.record("no second ping")
            return
        }
        #expect(next != payload && !Self.pong(payload, to: &watch) && Self.pong(next, to: &watch))
    }
}
