import Foundation
import Testing
import Webshocket

/// `Tests/Interop/serve_paths.py` in a process of its own: a server that is not ours, for our client.
struct PythonServer {
    struct NotServing: Error {
        let output: String
    }

    private static let tests = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let python = tests.deletingLastPathComponent().appending(path: ".venv/interop/bin/python").path

    /// For the condition of a suite that needs it.
    static var canServe: Bool { FileManager.default.isExecutableFile(atPath: python) }

    static let absence: Comment = "SKIPPED: no Python environment for Tests/Interop; Tests/prepare makes it"

    let process: ChildProcess
    let url: String

    /// Returns when it serves.
    /// - Parameters:
    ///   - url: where another has served; nil for a free port.
    ///   - identity: the files of a certificate and its key, for TLS.
    init(at url: String? = nil, identity: [String] = []) async throws {
        let port = url?.split(separator: ":").last.map(String.init) ?? "0"
        let script = Self.tests.appending(path: "Interop/serve_paths.py").path
        process = try ChildProcess(Self.python, [script, port] + identity)
        // A line may come in pieces; nothing comes from one that has ended.
        var output = ""
        while !output.hasSuffix("\n"), case let more = await process.nextOutput(), !more.isEmpty { output += more }
        guard let said = output.split(separator: " ").last, said.hasPrefix("ws"), said.hasSuffix("\n") else {
            throw NotServing(output: output)
        }
        self.url = String(said.dropLast())
    }

    /// Ends it without a word to its clients.
    func end() async {
        process.terminate()
        _ = await process.finish()
    }

    /// Where nobody serves: a server was there, and has ended.
    static func abandonedURL() async throws -> String {
        let server = try await PythonServer()
        await server.end()
        return server.url
    }
}

extension ClientConfiguration {
    /// For tests of what follows the end of a connection, without long pauses.
    static func reconnecting(
        attempts: Int? = nil, base: Duration = .milliseconds(20), cap: Duration = .milliseconds(200)
    ) -> ClientConfiguration {
        var configuration = ClientConfiguration()
        configuration.reconnect = .exponential(
            attempts: attempts, base: base, cap: cap, healthyAfter: .seconds(3_600))
        return configuration
    }
}

extension WebSocketClient {
    /// Waits for something that only the other process brings about.
    func until(_ method: String, _ isThere: (Value) -> Bool) async throws {
        while true {
            let response = try await sendRPC(method)
            if isThere(response.data) { return }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
