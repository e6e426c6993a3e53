import Foundation
import Testing
import Webshocket

/// `Tests/Interop/serve_paths.py` in a child process: an independent server for tests of the client.
struct PythonServer {
    struct NotServing: Error {
        let output: String
    }

    private static let tests = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let python = tests.deletingLastPathComponent().appending(path: ".venv/interop/bin/python").path

    /// The condition of suites that need the server.
    static var canServe: Bool { FileManager.default.isExecutableFile(atPath: python) }

    static let absence: Comment = "SKIPPED: no Python environment for Tests/Interop; Tests/prepare creates it"

    let process: ChildProcess
    let url: String

    /// Starts the server, and returns when it is listening.
    /// - Parameters:
    ///   - url: The URL of an earlier server, whose port is used again; nil for a free port.
    ///   - identity: The files of a certificate and its key, for TLS.
    init(at url: String? = nil, identity: [String] = []) async throws {
        let port = url?.split(separator: ":").last.map(String.init) ?? "0"
        let script = Self.tests.appending(path: "Interop/serve_paths.py").path
        process = try ChildProcess(Self.python, [script, port] + identity)
        // A line may arrive in pieces. The output is empty if the process has ended.
        var output = ""
        while !output.hasSuffix("\n"), case let more = await process.nextOutput(), !more.isEmpty { output += more }
        guard let said = output.split(separator: " ").last, said.hasPrefix("ws"), said.hasSuffix("\n") else {
            throw NotServing(output: output)
        }
        self.url = String(said.dropLast())
    }

    /// Ends the server without a close handshake with its clients.
    func end() async {
        process.terminate()
        _ = await process.finish()
    }

    /// The URL of a server that has ended.
    static func abandonedURL() async throws -> String {
        let server = try await PythonServer()
        await server.end()
        return server.url
    }
}

extension ClientConfiguration {
    /// A configuration that reconnects after short pauses.
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
    /// Calls a method repeatedly, until its result satisfies a condition.
    func until(_ method: String, _ isThere: (WireValue) -> Bool) async throws {
        while true {
            let response = try await response(to: method)
            if isThere(response.data) { return }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
