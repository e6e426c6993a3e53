import Foundation
import Webshocket

/// The file with the results.
///
/// Writing a file blocks, so the actor has its own executor. With Swift's default executor, it would run on the event
/// loop of the connection whose method calls it.
actor Journal {
    private let executor = OffLoopExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let file: URL
    private var lines: [String] = []

    init(file: URL) {
        self.file = file
    }

    /// Appends a line to the file.
    /// - Returns: The number of lines.
    func append(_ line: String) throws -> Int {
        lines.append(line)
        try Data(lines.joined(separator: "\n").utf8).write(to: file, options: .atomic)
        return lines.count
    }
}

final class PrimesHandler: WebSocketHandler {
    let access = Access.everyone
    private let journal: Journal

    init(journal: Journal) {
        self.journal = journal
    }

    /// Counts the primes below a number. The computation takes long, so the method runs off the event loop.
    func count(_ connection: Connection, below end: Int) throws -> Int {
        guard (2...100_000_000).contains(end) else { throw RPCError("end must be 2 to 100000000 (got \(end))") }
        var isPrime = [Bool](repeating: true, count: end)
        var count = 0
        for number in 2..<max(end, 2) where isPrime[number] {
            // The caller has disconnected or cancelled the call, or the deadline has passed.
            if Task.isCancelled { throw CancellationError() }
            count += 1
            for multiple in stride(from: number * number, to: end, by: number) { isPrime[multiple] = false }
        }
        return count
    }

    /// Saves a line. The call to the journal leaves the event loop and then returns to it.
    func keep(_ connection: Connection, line: String) async throws -> Int {
        try await journal.append(line)
    }

    var methods: RPCMethods {
        RPCMethod("count", count).offLoop().rateLimit(10, per: "1m")
        RPCMethod("keep", keep)
    }
}

@main
struct Primes {
    static func main() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "primes-\(UUID().uuidString).txt")
        let server = WebSocketServer(port: 0, handler: PrimesHandler(journal: Journal(file: file)))
        try await server.start()
        let client = WebSocketClient(server.url)
        try await client.connect()

        async let large: Int = client.sendRPC("count", 1_000_000)
        async let small: Int = client.sendRPC("count", 100)
        for (end, count) in [(100, try await small), (1_000_000, try await large)] {
            let number: Int = try await client.sendRPC("keep", "\(count) primes below \(end)")
            print("line \(number): \(count) primes below \(end)")
        }

        await client.close()
        await server.stop()
        try FileManager.default.removeItem(at: file)
    }
}
