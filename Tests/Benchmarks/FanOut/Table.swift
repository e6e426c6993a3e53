import Foundation

/// The printed table of runs.
enum Table {
    private static let columns = [
        ("round", 5), ("stalled", 7), ("deliveries/s", 12), ("CPU µs", 7), ("p50 ms", 7), ("p99 ms", 7), ("most ms", 8),
        ("memory MiB", 16), ("dropped", 8), ("replaced", 8), ("closed", 6), ("waited KiB", 10),
    ]

    static var head: String { row(columns.map(\.0)) }

    static func line(_ run: Run, round: Int, stalled: Int) -> String {
        func milliseconds(_ nanoseconds: Int) -> String { text(Double(nanoseconds) / 1e6, 3) }
        let counts = run.slowConsumers
        return row([
            "\(round)", "\(stalled)", text(Double(run.deliveries) / run.seconds, 0),
            run.perDelivery.map { text($0 * 1e6, 3) } ?? "?", milliseconds(run.latencies.quantile(0.5)),
            milliseconds(run.latencies.quantile(0.99)), milliseconds(run.latencies.longest),
            run.memory.map { text(Double($0) / 1_048_576, 1) }.joined(separator: "/"),
            "\(counts["dropped_messages"] ?? 0)", "\(counts["replaced_messages"] ?? 0)",
            "\(counts["disconnections"] ?? 0)", text(Double(counts["peak_queued_bytes"] ?? 0) / 1_024, 1),
        ])
    }

    static func summary(_ pairs: [(without: Run, with: Run)]) -> String {
        let latency = pairs.map { $0.with.p99 / $0.without.p99 }.sorted()
        let processor = pairs.compactMap { pair in
            pair.with.perDelivery.flatMap { with in pair.without.perDelivery.map { with / $0 } }
        }.sorted()
        return "with / without stalled, median of \(pairs.count): p99 \(spread(latency)), CPU \(spread(processor))"
    }

    private static func spread(_ sorted: [Double]) -> String {
        guard let first = sorted.first, let last = sorted.last else { return "?" }
        let middle = sorted.count / 2
        let median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        return "\(text(median, 2)) (\(text(first, 2)) to \(text(last, 2)))"
    }

    private static func row(_ cells: [String]) -> String {
        zip(cells, columns).map { cell, column in
            String(repeating: " ", count: max(0, column.1 - cell.count)) + cell
        }.joined(separator: "  ")
    }

    private static func text(_ number: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", number)
    }
}
