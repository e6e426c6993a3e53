import Foundation

/// Measures the cost of text that is slow to hash and compare.
///
/// It sends text above the limits of Protocol.md, "Text", in each place where a peer can send text. It also measures
/// the slowest text that the limits admit.
///
/// Usage: `swift run -c release hostile-text-benchmark [--admitted | --refused]`. Exits with 1 if a result exceeds
/// twice its bound.
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

/// Prints results, and collects those that exceed their bounds.
struct Report {
    /// The factor by which a result may exceed its bound, to allow for busy machines.
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

    /// Compares a result with its bound.
    mutating func check(_ name: String, _ figure: Double, atMost bound: Double) {
        if figure > bound * Self.margin { misses.append("\(name): must be at most \(bound) (got \(figure))") }
    }

    func finish() -> Never {
        print(misses.isEmpty ? "\nall results are within bounds" : "\nexceeded:\n" + misses.joined(separator: "\n"))
        exit(misses.isEmpty ? 0 : 1)
    }

    private func row(_ name: String, _ cells: [String]) -> String {
        let padding = String(repeating: " ", count: max(0, 44 - name.count))
        return name + padding + cells.map { String(repeating: " ", count: max(0, 10 - $0.count)) + $0 }.joined()
    }
}

/// Returns the shortest wall-clock time of several runs, in milliseconds.
func milliseconds(runs: Int = 3, _ body: () throws -> Void) rethrows -> Double {
    var best = Double.infinity
    for _ in 0..<runs { best = min(best, try ContinuousClock().measure(body).milliseconds) }
    return best
}

/// Returns the shortest processor time of this thread over five runs, in milliseconds.
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
