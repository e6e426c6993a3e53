import Testing
import Webshocket

@Suite("A signal to end")
struct HeededSignalsTests {
    @Test("is followed by advice within a week, whatever stop(comingBack:) was given")
    func advice() {
        let window = ComingBack.within(.seconds(-5) ... .seconds(1e15)).clamped
        #expect(window == .within(.zero ... .seconds(604_800)))
        #expect(ComingBack.never.clamped == .never)
    }

    @Test(
        "asks to stop, and the next one a second or more later to be quick, however many come in between",
        arguments: [
            ([0], [.stop]), ([0, 999], [.stop, .nothing]), ([0, 1_000], [.stop, .cutOff]),
            ([0, 500, 1_000], [.stop, .nothing, .cutOff]),
            ([0, 300, 600, 900, 1_200], [.stop, .nothing, .nothing, .nothing, .cutOff]),
        ] as [([Int], [HeededSignals.Demand])])
    func demands(milliseconds: [Int], expected: [HeededSignals.Demand]) {
        let start = ContinuousClock.now
        var signals = HeededSignals()
        var demands: [HeededSignals.Demand] = []
        for time in milliseconds { demands.append(signals.received(at: start + .milliseconds(time))) }
        #expect(demands == expected)
    }
}
