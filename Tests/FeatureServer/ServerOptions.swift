import Webshocket

/// The command-line options: pairs of a name and a value, such as `--subscriptions 2`, and the flag `--by-hand`.
struct ServerOptions {
    struct Unknown: Error {
        let word: String
    }

    var configuration = ServerConfiguration()
    var acceptsByHand = false

    init(_ words: some Sequence<String>) throws {
        configuration.loops = 2
        var words = words.makeIterator()
        while let word = words.next() {
            if word == "--by-hand" {
                acceptsByHand = true
                continue
            }
            guard let value = words.next() else { throw Unknown(word: word) }
            if word == "--name" {
                configuration.log = .standardError.named(value)
                continue
            }
            guard let number = Int(value) else { throw Unknown(word: value) }
            switch word {
            case "--connections": configuration.limits.connections = number
            case "--subscriptions": configuration.limits.subscriptions = number
            case "--outbound-queue": configuration.limits.outboundQueue = number
            case "--close-seconds": configuration.timeouts.close = .seconds(number)
            case "--ping-milliseconds":
                configuration.timeouts.heartbeat = Heartbeat(
                    interval: .milliseconds(number), timeout: .milliseconds(number),
                    missedPings: configuration.timeouts.heartbeat?.missedPings ?? 1)
            case "--missed-pings": configuration.timeouts.heartbeat?.missedPings = number
            default: throw Unknown(word: word)
            }
        }
    }
}
