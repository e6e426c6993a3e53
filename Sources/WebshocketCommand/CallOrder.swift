import Webshocket

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What the command line says of a call, be it of one result or of a stream: where, what, with which arguments.
struct CallOrder {
    static let valued: Set = ["named", "timeout", "ca", "cert", "key"]
    static let flags: Set = ["json"]

    let url: String
    let method: String
    let arguments: [Value]
    let named: [String: Value]
    /// For the connection and for the call, each; nil for the defaults of both.
    let timeout: Duration?
    private let dialect: ClientConfiguration.Dialect
    private let tls: ClientTLS

    /// - Parameter command: what an error text calls the command.
    init(_ words: Arguments, of command: String) throws(UsageError) {
        guard words.positional.count >= 2 else { throw UsageError("\(command) wants a URL and a method") }
        url = words.positional[0]
        method = words.positional[1]
        var arguments: [Value] = []
        for word in words.positional[2...] { arguments.append(try Self.value(word)) }
        self.arguments = arguments
        var named: [String: Value] = [:]
        for pair in words.all("named") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw UsageError("--named wants KEY=VALUE, not '\(pair)'") }
            named[String(parts[0])] = try Self.value(String(parts[1]))
        }
        self.named = named
        if url.lowercased().hasPrefix("ws"), !url.lowercased().hasPrefix("wss:"),
            let option = ["ca", "cert", "key"].first(where: { words.last($0) != nil })
        {
            throw UsageError("--\(option) is for a wss URL")
        }
        tls = ClientTLS(
            authorities: words.last("ca").map { .only(.file($0)) } ?? .system, identity: try words.identity())
        dialect = words.has("json") ? .json : .messagePack
        timeout = try words.last("timeout").map { text throws(UsageError) in
            guard let seconds = Double(text), seconds > 0, seconds < 1e9 else {
                throw UsageError("--timeout wants seconds, not '\(text)'")
            }
            return .seconds(seconds)
        }
    }

    func connect() async throws -> WebSocketClient {
        var configuration = ClientConfiguration(dialect: dialect)
        configuration.tls = tls
        if let timeout {
            configuration.callTimeout = timeout
            configuration.connectTimeout = timeout
        }
        let client = WebSocketClient(url, configuration: configuration)
        try await client.connect()
        return client
    }

    /// An argument that is JSON is sent as such, anything else as a string; `@FILE` stands for the file's text.
    private static func value(_ word: String) throws(UsageError) -> Value {
        guard word.hasPrefix("@") else { return (try? Value(json: word)) ?? .string(word) }
        let path = String(word.dropFirst())
        do {
            return .string(try String(contentsOfFile: path, encoding: .utf8))
        } catch {
            throw UsageError("cannot read '\(path)' as text")
        }
    }
}
