import Testing
import Webshocket

@Suite("Termination signals")
struct SignalEscalationTests {
    @Test("reconnect advice is clamped to at most one week")
    func advice() {
        let window = ShutdownAdvice.reconnect(within: .seconds(-5) ... .seconds(1e15)).clamped
        #expect(window == .reconnect(within: .zero ... .seconds(604_800)))
        #expect(ShutdownAdvice.doNotReconnect.clamped == .doNotReconnect)
    }

    @Test(
        "the first signal stops the server, and a signal at least one second later cuts connections off",
        arguments: [
            ([0], [.stop]), ([0, 999], [.stop, .nothing]), ([0, 1_000], [.stop, .cutOff]),
            ([0, 500, 1_000], [.stop, .nothing, .cutOff]),
            ([0, 300, 600, 900, 1_200], [.stop, .nothing, .nothing, .nothing, .cutOff]),
        ] as [([Int], [SignalEscalation.Demand])])
    func demands(milliseconds: [Int], expected: [SignalEscalation.Demand]) {
        let start = ContinuousClock.now
        var signals = SignalEscalation()
        var demands: [SignalEscalation.Demand] = []
        for time in milliseconds { demands.append(signals.received(at: start + .milliseconds(time))) }
        #expect(demands == expected)
    }
}
