import FaultyNetwork
import OwnProcesses
import SoakRun
import Testing

/// In a process of its own, since descriptors and memory are the process's.
@Suite("A soak", .timeLimit(.minutes(5)))
struct SoakTests {
    @Test("of a few seconds loses, repeats and keeps nothing that it must not")
    func short() async {
        await #expect(processExitsWith: .success) {
            OwnProcess.end(afterSeconds: 280)
            var plan = SoakRun.Plan()
            plan.time = .seconds(4)
            plan.warmUp = .seconds(2)
            plan.clients = 20
            let ledger = try await SoakRun(plan).run { print($0) }
            let state = ledger.current
            #expect(state.violations == [])
            // How much is up to the machine.
            #expect(state.calls > 0 && state.streams > 0 && state.messages > 0 && state.connects >= 20)
        }
    }
}

@Suite("A soak's ledger")
struct LedgerTests {
    @Test("tells what has run twice, what came late, and what has not come to an end")
    func violations() {
        let ledger = Ledger()
        ledger.executed("a")
        ledger.executed("b")
        #expect(ledger.current.violations == [])
        ledger.executed("a")
        #expect(ledger.current.violations == ["the call a, which must not run twice, has run 2 times"])
        let (first, second) = (ledger.begin(), ledger.begin())
        ledger.end(first, within: .seconds(3_600), "the first")
        #expect(ledger.hanging == 1 && ledger.current.violations.count == 1)
        ledger.end(second, within: .zero, "the second")
        #expect(ledger.hanging == 0 && ledger.current.violations.last?.hasPrefix("the second ended after") == true)
    }
}

@Suite("A histogram")
struct HistogramTests {
    @Test("has a tenth of an even spread in each tenth")
    func even() {
        let histogram = Histogram((0..<1_000).map { .milliseconds(500 + $0) }, in: .milliseconds(500) ... .seconds(1.5))
        #expect(histogram.tenths == [Int](repeating: 100, count: 10) && histogram.outside == 0)
        #expect(histogram.mostInOne == 0.1)
    }

    @Test("shows a crowd, and leaves out what is outside")
    func crowd() {
        let histogram = Histogram([1, 2, 3, 100, 101].map { .milliseconds($0) }, in: .zero ... .milliseconds(100))
        #expect(histogram.tenths == [3, 0, 0, 0, 0, 0, 0, 0, 0, 1] && histogram.mostInOne == 0.75)
        #expect(histogram.outside == 1 && histogram.text.split(separator: "\n").count == 10)
        #expect(Histogram([], in: .zero ... .zero).count == 0)
    }
}
