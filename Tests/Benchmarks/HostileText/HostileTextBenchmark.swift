import Foundation

/// Measures what text costs that was made to be slow to hash and to compare: text above the limits of Protocol.md,
/// "Text", in each place that text comes from, and the slowest text that the limits admit.
///
/// Usage: `swift run -c release hostile-text-benchmark [--admitted | --refused]`. Exits with 1 if a figure is above twice
/// its bound.
@main
struct HostileTextBenchmark {
    static func main() async throws {
        let words = Set(CommandLine.arguments.dropFirst())
        var report = Report()
        if !words.contains("--admitted") { try await RefusedText.measure(into: &report) }
        if !words.contains("--refused") { AdmittedText.measure(into: &report) }
        report.finish()
    }
}

/// Prints figures as they come, and keeps those that are above their bounds.
struct Report {
    /// For machines that are busy with other things.
    static let margin = 2.0

    private var misses: [String] = []

    mutating func title(_ text: String, columns: [String]) {
        print("\n\(text)\n" + row("", columns))
        fflush(nil)
    }

    mutating func line(_ name: String, _ figures: [Double], digits: Int = 2) {
        print(row(name, figures.map { String(format: "%.\(digits)f", $0) }))
        fflush(nil)
    }

    /// Compares a figure with its bound.
    mutating func check(_ name: String, _ figure: Double, atMost bound: Double) {
        if figure > bound * Self.margin { misses.append("\(name): \(figure) is above \(bound)") }
    }

    func finish() -> Never {
        print(misses.isEmpty ? "\nall bounds hold" : "\nmissed:\n" + misses.joined(separator: "\n"))
        exit(misses.isEmpty ? 0 : 1)
    }

    private func row(_ name: String, _ cells: [String]) -> String {
        let padding = String(repeating: " ", count: max(0, 44 - name.count))
        return name + padding + cells.map { String(repeating: " ", count: max(0, 10 - $0.count)) + $0 }.joined()
    }
}

/// The shortest time of some runs, in milliseconds.
func milliseconds(runs: Int = 3, _ body: () throws -> Void) rethrows -> Double {
    var best = Double.infinity
    for _ in 0..<runs { best = min(best, try ContinuousClock().measure(body).milliseconds) }
    return best
}

/// As above, in time of the processor on this thread, whatever else the machine does.
func processorMilliseconds(_ body: () -> Void) -> Double {
    var best = Double.infinity
    for _ in 0..<5 {
        let start = processorNanoseconds()
        body()
        best = min(best, Double(processorNanoseconds() - start) / 1e6)
    }
    return best
}

private func processorNanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
}

extension Duration {
    var milliseconds: Double { self / .milliseconds(1) }
}
