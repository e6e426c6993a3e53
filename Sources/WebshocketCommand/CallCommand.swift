import Webshocket

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `webshocket call`: one call, its result as JSON.
struct CallCommand {
    private let url: String
    private let method: String
    private let arguments: [Value]
    private let named: [String: Value]
    private var configuration = ClientConfiguration()

    init(_ words: [String]) throws(UsageError) {
        let words = try Arguments(words, valued: ["named", "timeout"], flags: ["json"])
        guard words.positional.count >= 2 else { throw UsageError("call wants a URL and a method") }
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
        if words.has("json") { configuration.dialect = .json }
        if let text = words.last("timeout") {
            guard let seconds = Double(text), seconds > 0, seconds < 1e9 else {
                throw UsageError("--timeout wants seconds, not '\(text)'")
            }
            configuration.callTimeout = .seconds(seconds)
            configuration.connectTimeout = .seconds(seconds)
        }
    }

    func run() async throws {
        let client = WebSocketClient(url, configuration: configuration)
        try await client.connect()
        let response = try await client.sendRPC(method, arguments: arguments, named: named)
        await client.close()
        try response.check()
        Terminal.say(try response.data.json())
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
