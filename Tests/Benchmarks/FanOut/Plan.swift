import Foundation

/// The command-line options of the benchmark.
struct Plan: Sendable {
    struct UsageError: Error {
        let message: String
    }

    static let usage = """
        usage: fan-out-benchmark [--server PATH] [--policy disconnect|drop-oldest|keep-latest] [--stalled K]
                                 [--subscribers N] [--messages N] [--size BYTES] [--depth N] [--rounds N]

        Publishes messages to the subscribers of one channel of `webshocket serve --loops 1`, over loopback. Each round
        is a pair of runs: in the first, all subscribers read; in the second, the first K subscribers never read. On a
        machine with at least two cores, the server and the load have a core each. Prints for each run:

          deliveries/s      messages received by subscribers that read
          CPU               processor time of the server per delivery, in µs
          p50, p99, most    latency from the publisher's send to the delivery, in ms
          memory            of the server before the first message, at most, and after the last message, in MiB
          dropped, replaced, closed, waited
                            the server's counters of slow subscribers: messages dropped and replaced, connections
                            closed, and the longest queue, in KiB

        Then prints the median ratio of both runs over all pairs. Exits with 1 if a subscriber that reads misses a
        message, or receives one twice or in the wrong order.

          --server       the path of the command; default: `webshocket` in the folder of this program
          --policy       the server's policy for slow consumers; default: drop-oldest
          --stalled      the number of subscribers that never read; default: 1
          --subscribers  the number of all subscribers; default: 200
          --messages     the number of messages per run; default: 100,000
          --size         the size of a message in bytes, at least 20; default: 1,024
          --depth        the number of publish calls in flight; default: 4
          --rounds       the number of pairs of runs; default: 3
        """

    var server = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "webshocket").path
    var policy = "drop-oldest"
    var stalled = 1
    var subscribers = 200
    var messages = 100_000
    var size = 1_024
    var depth = 4
    var rounds = 3

    init(_ words: [String]) throws(UsageError) {
        var rest = words[...]
        while let option = rest.popFirst() {
            guard let value = rest.popFirst() else { throw UsageError(message: "missing value of \(option)") }
            switch option {
            case "--server": server = value
            case "--policy": policy = value
            case "--stalled": stalled = try Self.number(value, in: 0...10_000)
            case "--subscribers": subscribers = try Self.number(value, in: 1...10_000)
            case "--messages": messages = try Self.number(value, in: 1...100_000_000)
            case "--size": size = try Self.number(value, in: Message.smallest...65_536)
            case "--depth": depth = try Self.number(value, in: 1...128)
            case "--rounds": rounds = try Self.number(value, in: 1...1_000)
            default: throw UsageError(message: "unknown option '\(option)'")
            }
        }
        guard stalled < subscribers else {
            throw UsageError(message: "--stalled must be less than --subscribers, \(subscribers) (got \(stalled))")
        }
    }

    private static func number(_ text: String, in range: ClosedRange<Int>) throws(UsageError) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw UsageError(message: "value must be \(range.lowerBound) to \(range.upperBound) (got '\(text)')")
        }
        return number
    }
}
