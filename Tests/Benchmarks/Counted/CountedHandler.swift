import CMemory
import Webshocket

/// The methods whose instructions `Tests/Benchmarks/counts` counts.
final class CountedHandler: WebSocketHandler {
    let access = Access.everyone

    func add(_ connection: Connection, a: Int, b: Int) -> Int { a + b }

    func addLater(_ connection: Connection, a: Int, b: Int) async -> Int { a + b }

    func echo(_ connection: Connection, text: String) -> String { text }

    /// Streams the numbers below `end`.
    func count(_ connection: Connection, below end: Int) -> AsyncStream<Int> {
        AsyncStream { stream in
            for number in 0..<end { stream.yield(number) }
            stream.finish()
        }
    }

    /// Takes arguments of four types.
    func describe(_ connection: Connection, name: String, price: Double, count: Int, isOpen: Bool) -> String {
        isOpen && price > 0 && count > 0 ? name : ""
    }

    func publish(_ connection: Connection, count: Int) throws {
        for number in 0..<count { try connection.hub.publish(number, to: "news") }
    }

    /// The bytes that the process has allocated.
    func allocatedBytes(_ connection: Connection) -> Int { cmemory_allocated_bytes() }

    var methods: RPCMethods {
        RPCMethod("add", add)
        RPCMethod("limited_add", add).rateLimit(1_000_000_000, per: "1s")
        RPCMethod("add_later", addLater)
        RPCMethod("echo", echo)
        RPCMethod("count", count)
        RPCMethod(
            "describe_the_present_state_of_an_article", describe, parameters: "name", "price", "count", "is_open")
        RPCMethod("publish", publish)
        RPCMethod("allocated_bytes", allocatedBytes)
    }

    var channels: ChannelRules { ChannelRule("news") }
}
