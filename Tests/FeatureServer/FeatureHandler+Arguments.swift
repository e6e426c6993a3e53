import Foundation
import Webshocket

extension FeatureHandler {
    private struct Failure: Error {}

    private func typed(_ connection: Connection, count: Int, point: Point, tags: [String]) -> String {
        memory.withLock { $0.runs += 1 }
        return "\(count) at \(point.x), \(point.y): \(tags.joined(separator: " "))"
    }

    private func describe(_ connection: Connection, name: String, age: Int, note: String?) -> String {
        "\(name), \(age), \(note ?? "nothing to note")"
    }

    /// Streams the numbers below `count`. The stream then stays open without further elements.
    private func endless(_ connection: Connection, count: Int) -> AsyncStream<Int> {
        AsyncStream { stream in
            stream.onTermination = { [self] end in
                if case .cancelled = end { memory.withLock { $0.abortedStreams += 1 } }
            }
            for number in 0..<max(0, min(count, 1_000)) { stream.yield(number) }
        }
    }

    private func sleep(_ connection: Connection, milliseconds: Int) async throws -> String {
        note("sleeps")
        try await Task.sleep(for: .milliseconds(max(0, min(milliseconds, 60_000))))
        return "slept"
    }

    /// Decodes dates and encodes them again.
    private func dates(_ connection: Connection, dates: [Date]) -> [Date] { dates }

    private func breaks(_ connection: Connection) throws { throw Failure() }

    @RPCMethodsBuilder var argumentMethods: RPCMethods {
        RPCMethod("typed", typed)
        RPCMethod("an alias", typed)
        RPCMethod("runs") { [self] (_: Connection) in memory.withLock(\.runs) }
        RPCMethod("describe", describe, parameters: "name", Parameter("age", default: 7), "note")
        RPCMethod("endless", endless)
        RPCMethod("aborted_streams") { [self] (_: Connection) in memory.withLock(\.abortedStreams) }
        RPCMethod("sleep", sleep)
        RPCMethod("breaks", breaks)
        RPCMethod("dates", dates)
    }
}
