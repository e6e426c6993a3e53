import EventLoops
import Synchronization
import Webshocket

/// A handler with streaming methods that record their progress.
final class SequenceHandler: WebSocketHandler {
    let access = Access.everyone

    /// The numbers below a limit. Then runs `atEnd`, which may throw or wait, and ends.
    struct Numbers: AsyncSequence, AsyncIteratorProtocol {
        let handler: SequenceHandler
        let limit: Int
        let atEnd: @Sendable () async throws -> Void
        private var number = 0

        init(_ handler: SequenceHandler, below limit: Int, atEnd: @escaping @Sendable () async throws -> Void = {}) {
            self.handler = handler
            self.limit = limit
            self.atEnd = atEnd
        }

        func makeAsyncIterator() -> Numbers { self }

        mutating func next() async throws -> Int? {
            guard number < limit else {
                try await atEnd()
                return nil
            }
            handler.produced.add(1, ordering: .relaxed)
            defer { number += 1 }
            return number
        }
    }

    let produced = Atomic(0)
    let waits = Collected<Int>()
    let cancelled = Gate()

    var count: Int { produced.load(ordering: .relaxed) }

    func numbers(_ connection: Connection, n: Int) -> Numbers { Numbers(self, below: n) }

    func named(_ connection: Connection, n: Int, offset: Int) -> Numbers { Numbers(self, below: n + offset) }

    /// A stream that ends only when it is cancelled.
    func endless(_ connection: Connection, n: Int) -> Numbers {
        Numbers(self, below: n) { [self] in
            waits.append(n)
            try? await Task.sleep(for: .seconds(600))
            if Task.isCancelled { cancelled.open() }
        }
    }

    func fails(_ connection: Connection, n: Int) -> Numbers {
        Numbers(self, below: n) {
            throw RPCError("enough", code: 4_001, data: ["n": .int(Int64(n))], retryAfter: .milliseconds(1_500))
        }
    }

    func points(_ connection: Connection) -> AsyncStream<Point> {
        AsyncStream { continuation in
            for number in 0..<3 { continuation.yield(Point(x: Double(number), y: 0.5, label: number == 1 ? "é" : nil)) }
            continuation.finish()
        }
    }

    func values(_ connection: Connection, values: [WireValue]) -> AsyncStream<WireValue> {
        AsyncStream { continuation in
            for value in values { continuation.yield(value) }
            continuation.finish()
        }
    }

    func one(_ connection: Connection) -> Int { 1 }

    func many(_ connection: Connection, n: Int) -> [Int] { Array(0..<n) }

    func patient(_ connection: Connection) async {
        try? await Task.sleep(for: .seconds(600))
        if Task.isCancelled { cancelled.open() }
    }

    func refused(_ connection: Connection) throws -> Int {
        throw RPCError("slow down", code: .rateLimited, data: ["limit": 5], retryAfter: .milliseconds(250))
    }

    var methods: RPCMethods {
        RPCMethod("numbers", numbers)
        RPCMethod("named", named, parameters: "n", Parameter("offset", default: 0))
        RPCMethod("endless", endless)
        RPCMethod("fails", fails)
        RPCMethod("points", points)
        RPCMethod("values", values)
        RPCMethod("one", one)
        RPCMethod("many", many)
        RPCMethod("patient", patient)
        RPCMethod("refused", refused)
    }
}
