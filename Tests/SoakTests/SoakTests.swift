import FaultyNetwork
import SoakRun
import Testing

/// In a process of its own, since descriptors and memory are the process's.
@Suite("A soak", .timeLimit(.minutes(3)))
struct SoakTests {
    @Test("of a few seconds loses, repeats and keeps nothing that it must not")
    func short() async {
        await #expect(processExitsWith: .success) {
            var plan = SoakRun.Plan()
            plan.time = .seconds(4)
            plan.warmUp = .seconds(2)
            plan.clients = 20
            let ledger = try await SoakRun(plan).run { print($0) }
            let state = ledger.current
            #expect(state.violations == [])
            #expect(state.calls > 20 && state.streams > 0 && state.messages > 100 && state.connects >= 20)
        }
    }
}

@Suite("A histogram")
struct HistogramTests {
    @Test("has a tenth of an even spread in each tenth")
    func even() {
        let histogram = Histogram((1...1_000).map { .milliseconds($0) })
        #expect(histogram.tenths.allSatisfy { (99...101).contains($0) } && histogram.count == 1_000)
        #expect(histogram.mostInOne <= 0.101 && histogram.window == .seconds(1))
    }

    @Test("shows a crowd")
    func crowd() {
        let histogram = Histogram([1, 2, 3, 95].map { .milliseconds($0) }, window: .milliseconds(100))
        #expect(histogram.tenths == [3, 0, 0, 0, 0, 0, 0, 0, 0, 1] && histogram.mostInOne == 0.75)
        #expect(histogram.text.split(separator: "\n").count == 10)
        #expect(Histogram([]).count == 0)
    }
}
