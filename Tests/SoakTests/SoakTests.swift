import FaultyNetwork
import OwnProcesses
import SoakRun
import Testing

/// Runs a soak in its own process, because it checks the descriptors and memory of the process.
@Suite("A soak", .timeLimit(.minutes(5)))
struct SoakTests {
    @Test("of a few seconds has no violations")
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
            // The numbers depend on the speed of the machine.
            #expect(state.calls > 0 && state.streams > 0 && state.messages > 0 && state.connects >= 20)
        }
    }
}

@Suite("A soak's ledger")
struct LedgerTests {
    @Test("reports calls that run twice, end late or do not end")
    func violations() {
        let ledger = Ledger()
        ledger.executed("a")
        ledger.executed("b")
        #expect(ledger.current.violations == [])
        ledger.executed("a")
        #expect(ledger.current.violations == ["call a must run at most once (ran 2 times)"])
        let (first, second) = (ledger.begin(), ledger.begin())
        ledger.end(first, within: .seconds(3_600), "the first")
        #expect(ledger.hanging == 1 && ledger.current.violations.count == 1)
        ledger.end(second, within: .zero, "the second")
        #expect(ledger.hanging == 0 && ledger.current.violations.last?.hasPrefix("the second must take") == true)
    }
}

@Suite("A histogram")
struct HistogramTests {
    @Test("has equal tenths for evenly spread times")
    func even() {
        let histogram = Histogram((0..<1_000).map { .milliseconds(500 + $0) }, in: .milliseconds(500) ... .seconds(1.5))
        #expect(histogram.tenths == [Int](repeating: 100, count: 10) && histogram.outside == 0)
        #expect(histogram.mostInOne == 0.1)
    }

    @Test("shows clusters, and excludes times outside the window")
    func crowd() {
        let histogram = Histogram([1, 2, 3, 100, 101].map { .milliseconds($0) }, in: .zero ... .milliseconds(100))
        #expect(histogram.tenths == [3, 0, 0, 0, 0, 0, 0, 0, 0, 1] && histogram.mostInOne == 0.75)
        #expect(histogram.outside == 1 && histogram.text.split(separator: "\n").count == 10)
        #expect(Histogram([], in: .zero ... .zero).count == 0)
    }
}
