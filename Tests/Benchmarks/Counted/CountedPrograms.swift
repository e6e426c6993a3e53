import Foundation
import Webshocket

/// The server and the client that `Tests/Benchmarks/counts` runs under valgrind.
///
/// The main function is synchronous and blocks its thread. Otherwise Dispatch would call `sigsuspend` there, which ends
/// valgrind 3.19.
@main
struct CountedPrograms {
    static func main() {
        let words = CommandLine.arguments.dropFirst()
        switch (words.first, words.count) {
        case ("serve", 1): serve()
        case ("call", 3):
            guard let url = words.dropFirst().first, let count = words.last.flatMap({ Int($0) }), count >= 0 else {
                fallthrough
            }
            call(url, count)
        default:
            print("usage: counted serve\n       counted call URL COUNT")
            exit(2)
        }
    }

    /// Prints the URL of a server with one event loop, and ends with the standard input.
    private static func serve() {
        var configuration = ServerConfiguration()
        configuration.loops = 1
        configuration.log = .silent
        configuration.compression = CompressionOptions()
        // Nothing may happen at a certain time, because a slow run would then count more than a fast one.
        configuration.watchdog = nil
        configuration.timeouts.heartbeat = idle
        let server = WebSocketServer(port: 0, handler: CountedHandler(), configuration: configuration)
        run {
            try await server.start()
            FileHandle.standardOutput.write(Data("\(server.url)\n".utf8))
        }
        _ = FileHandle.standardInput.readDataToEndOfFile()
        exit(0)
    }

    /// Calls `add` one call at a time.
    private static func call(_ url: String, _ count: Int) {
        run {
            var configuration = ClientConfiguration()
            configuration.heartbeat = idle
            let client = WebSocketClient(url, configuration: configuration)
            try await client.connect()
            for number in 0..<count {
                let sum: Int = try await client.sendRPC("add", number, 1)
                guard sum == number + 1 else { fatalError("\(number) + 1 is not \(sum)") }
            }
        }
        exit(0)
    }

    /// A heartbeat that takes as much memory as any other, but does not beat during a run.
    private static let idle = Heartbeat(interval: .seconds(86_400), timeout: .seconds(86_400))

    /// Runs the function to its end while this thread waits.
    private static func run(_ function: @escaping @Sendable () async throws -> Void) {
        let ended = DispatchSemaphore(value: 0)
        Task.detached {
            do {
                try await function()
            } catch {
                print("\(error)")
                exit(1)
            }
            ended.signal()
        }
        ended.wait()
    }
}
