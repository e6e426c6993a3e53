import EventLoops
import Webshocket

/// The handler that soak clients call.
struct SoakHandler: WebSocketHandler {
    let access = Access.everyone
    let ledger: Ledger

    /// A method that must run at most once per ID. It takes long enough to be interrupted sometimes.
    func once(_ connection: Connection, id: String) async -> String {
        ledger.note { $0.running += 1 }
        defer { ledger.note { $0.running -= 1 } }
        ledger.executed(id)
        try? await Task.sleep(for: .milliseconds(Int.random(in: 0...20)))
        return id
    }

    func add(_ connection: Connection, a: Int, b: Int) -> Int { a &+ b }

    /// Streams the numbers below `n`, with a pause before each.
    func count(_ connection: Connection, n: Int) -> AsyncStream<Int> {
        ledger.note { $0.running += 1 }
        let numbers = Locked((0..<max(n, 0)).makeIterator())
        let running = Running(ledger)
        return AsyncStream {
            _ = running
            try? await Task.sleep(for: .milliseconds(2))
            return numbers.withLock { $0.next() }
        }
    }

    /// Counts a stream as running until the stream is released.
    private final class Running: Sendable {
        private let ledger: Ledger

        init(_ ledger: Ledger) { self.ledger = ledger }

        deinit { ledger.note { $0.running -= 1 } }
    }

    var methods: RPCMethods {
        RPCMethod("once", once, parameters: "id")
        RPCMethod("add", add, parameters: "a", "b")
        RPCMethod("count", count, parameters: "n")
    }

    var channels: ChannelRules { ChannelRule("ticks.*") }
}
