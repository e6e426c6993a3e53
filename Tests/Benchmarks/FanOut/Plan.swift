import Foundation

/// What is to be measured, as the command line says it.
struct Plan: Sendable {
    struct UsageError: Error {
        let message: String
    }

    static let usage = """
        usage: fan-out-benchmark [--server PATH] [--policy disconnect|drop-oldest|keep-latest] [--stalled K]
                                 [--subscribers N] [--messages N] [--size BYTES] [--depth N] [--rounds N]

        Publishes messages to the subscribers of one channel of `webshocket serve --loops 1`, over loopback, in pairs of
        runs: one in which everybody reads, one in which the first K subscribers never do. Where the machine has two
        cores, the server has one and the load the other. It says of each run

          deliveries/s      messages that arrived at subscribers that read
          CPU               of the server, for each of those, in µs
          p50, p99, most    from the publisher's send to the arrival, in ms
          memory            of the server before the first message, at most and behind the last one, in MiB
          what its counters say of those that do not read: messages dropped and replaced, peers disconnected, and
          the most bytes that waited for one of them, in KiB

        and of all pairs the median of the ratios with to without. It ends with 1 when a subscriber that reads misses
        a message, gets one twice or in the wrong order, whatever the times are.

          --server       the built command, `webshocket` beside this program by default
          --policy       what the server does with peers that are too slow, drop-oldest by default
          --stalled      subscribers that never read, 1 by default
          --subscribers  all of them, 200 by default
          --messages     of one run, 100,000 by default
          --size         of the text that is published, 1,024 bytes by default, 20 at least
          --depth        messages that are published before the first is answered, 4 by default
          --rounds       pairs of runs, 3 by default
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
            guard let value = rest.popFirst() else { throw UsageError(message: "\(option) wants a value") }
            switch option {
            case "--server": server = value
            case "--policy": policy = value
            case "--stalled": stalled = try Self.number(value, in: 0...10_000)
            case "--subscribers": subscribers = try Self.number(value, in: 1...10_000)
            case "--messages": messages = try Self.number(value, in: 1...100_000_000)
            case "--size": size = try Self.number(value, in: Message.smallest...65_536)
            case "--depth": depth = try Self.number(value, in: 1...128)
            case "--rounds": rounds = try Self.number(value, in: 1...1_000)
            default: throw UsageError(message: "'\(option)' is no option")
            }
        }
        guard stalled < subscribers else { throw UsageError(message: "somebody has to read") }
    }

    private static func number(_ text: String, in range: ClosedRange<Int>) throws(UsageError) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw UsageError(message: "'\(text)' is no number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
