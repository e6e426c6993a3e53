import EventLoops
import Testing
import Webshocket

/// A handler with streaming methods of each shape. `tap` counts the elements that it has produced.
final class StreamingHandler: WebSocketHandler {
    let access = Access.everyone

    struct Foreign: Error {}

    struct Tapped: Sendable {
        var produced = 0
        var running = 0
        var ended = 0
        var connections: [Connection] = []
    }

    let state = Locked(Tapped())
    let gate = Gate()
    var tapped: Tapped { state.withLock { $0 } }

    /// An infinite sequence of numbers from 0, each produced on demand.
    struct Tap: AsyncSequence, AsyncIteratorProtocol {
        /// Counts as running while any copy of the sequence exists.
        private final class Run: Sendable {
            let handler: StreamingHandler

            init(_ handler: StreamingHandler) {
                self.handler = handler
                handler.state.withLock { $0.running += 1 }
            }

            deinit { handler.ended() }
        }

        private let run: Run
        private var next = 0

        init(_ handler: StreamingHandler) { run = Run(handler) }

        mutating func next() async throws -> Int? {
            try Task.checkCancellation()
            run.handler.state.withLock { $0.produced += 1 }
            defer { next += 1 }
            return next
        }

        func makeAsyncIterator() -> Tap { self }
    }

    func ended() {
        state.withLock { state in
            state.running -= 1
            state.ended += 1
        }
    }

    nonisolated(nonsending) func onConnect(_ connection: Connection) async throws {
        state.withLock { $0.connections.append(connection) }
    }

    func count(_ connection: Connection, n: Int) -> AsyncStream<Int> { numbers(n) }
    func opaque(_ connection: Connection, n: Int) -> some AsyncSequence<Int, Never> { numbers(n) }
    func mapped(_ connection: Connection, n: Int) async -> AsyncMapSequence<AsyncStream<Int>, [String: Int]> {
        numbers(n).map { ["n": $0] }
    }
    func refuses(_ connection: Connection) throws -> AsyncStream<Int> {
        throw RPCError("not today", code: 4711, data: ["until": "tomorrow"])
    }
    func midway(_ connection: Connection, foreign: Bool) -> AsyncThrowingStream<Int, any Error> {
        AsyncThrowingStream { continuation in
            continuation.yield(0)
            continuation.finish(throwing: foreign ? Foreign() : RPCError("enough"))
        }
    }
    func infinite(_ connection: Connection) -> AsyncStream<Double> {
        AsyncStream { continuation in
            continuation.yield(1)
            continuation.yield(.infinity)
            continuation.yield(2)
        }
    }
    func tap(_ connection: Connection) -> Tap { Tap(self) }
    /// A stream without elements that ends only when it is cancelled.
    func silent(_ connection: Connection) -> AsyncStream<Int> {
        state.withLock { $0.running += 1 }
        return AsyncStream { continuation in continuation.onTermination = { _ in self.ended() } }
    }
    func wide(_ connection: Connection, bytes: Int) -> AsyncMapSequence<Tap, String> {
        Tap(self).map { _ in String(repeating: "x", count: bytes) }
    }
    /// Ignores cancellation until the gate opens.
    func stubborn(_ connection: Connection) async -> AsyncStream<Int> {
        await gate.wait()
        return numbers(0)
    }
    func nothing(_ connection: Connection) {}

    var methods: RPCMethods {
        RPCMethod("count", count, parameters: "n")
        RPCMethod("opaque", opaque)
        RPCMethod("mapped", mapped)
        RPCMethod("refuses", refuses)
        RPCMethod("midway", midway)
        RPCMethod("infinite", infinite)
        RPCMethod("tap", tap)
        RPCMethod("silent", silent)
        RPCMethod("wide", wide)
        RPCMethod("stubborn", stubborn)
        RPCMethod("nothing", nothing)
    }

    /// Waits until the counters satisfy the condition.
    func wait(until condition: (Tapped) -> Bool) async {
        while !condition(tapped), !Task.isCancelled { try? await Task.sleep(for: .milliseconds(2)) }
    }

    /// Waits until the first connection has 64 KiB queued because its client does not read.
    func connectionHeldBack() async throws -> Connection {
        await wait { !$0.connections.isEmpty }
        let connection = try #require(tapped.connections.first)
        while await connection.queuedBytes < 65_536, !Task.isCancelled { try await Task.sleep(for: .milliseconds(2)) }
        return connection
    }

    private func numbers(_ n: Int) -> AsyncStream<Int> {
        let numbers = Locked((0..<n).makeIterator())
        return AsyncStream { numbers.withLock { $0.next() } }
    }
}
