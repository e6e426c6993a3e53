import EventLoops
import Testing

@Suite("Due timers")
struct DueTimersTests {
    private let now = ContinuousClock.now

    @Test("run after the next poll, with the time from before it")
    func next() {
        var timers = DueTimers()
        timers.becameDue(at: now)
        timers.polled()
        #expect(timers.begin(isSomethingReady: false) == now)
        timers.end()
        #expect(timers.time == nil)
    }

    @Test("wait for the next poll while a descriptor is ready, but only for a limited number of polls")
    func ready() {
        var timers = DueTimers()
        timers.becameDue(at: now)
        for _ in 1..<DueTimers.mostPolls {
            timers.polled()
            #expect(timers.begin(isSomethingReady: true) == nil)
        }
        timers.polled()
        #expect(timers.begin(isSomethingReady: true) == now)
    }

    @Test("wait for the next poll if a descriptor becomes ready while the first of them runs")
    func readyLater() {
        var timers = DueTimers()
        timers.becameDue(at: now)
        timers.polled()
        #expect(timers.begin(isSomethingReady: false) == now)
        #expect(timers.begin(isSomethingReady: true) == nil)
        timers.polled()
        #expect(timers.begin(isSomethingReady: false) == now)
    }
}
