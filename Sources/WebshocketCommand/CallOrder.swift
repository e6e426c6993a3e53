import Webshocket

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The call that a command line specifies; it returns one result or a stream.
struct CallOrder {
    static let valued: Set = ["named", "timeout", "ca", "cert", "key", "token", "header"]
    static let flags: Set = ["json", "raw"]

    let url: String
    let method: String
    let arguments: [WireValue]
    let named: [String: WireValue]
    /// The timeout of the connection attempt, and of the call; nil for the defaults.
    let timeout: Duration?
    private let isRaw: Bool
    private let codec: PacketCodec
    private let tls: ClientTLS
    private let token: String?
    private var headers = HTTPHeaders()

    init(_ words: Arguments) throws(UsageError) {
        guard words.positional.count >= 2 else {
            throw UsageError("missing arguments: expected URL and METHOD")
        }
        url = words.positional[0]
        method = words.positional[1]
        var arguments: [WireValue] = []
        for word in words.positional[2...] { arguments.append(try Self.value(word)) }
        self.arguments = arguments
        var named: [String: WireValue] = [:]
        for pair in words.all("named") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw UsageError("--named must be KEY=VALUE (got '\(pair)')") }
            named[String(parts[0])] = try Self.value(String(parts[1]))
        }
        self.named = named
        if url.lowercased().hasPrefix("ws"), !url.lowercased().hasPrefix("wss:"),
            let option = ["ca", "cert", "key"].first(where: { words.last($0) != nil })
        {
            throw UsageError("--\(option) requires a wss URL")
        }
        tls = ClientTLS(
            trustRoots: words.last("ca").map { .only(.file($0)) } ?? .system, identity: try words.identity())
        token = try words.last("token").map { word throws(UsageError) in try Self.token(word) }
        for word in words.all("header") { try Self.add(word, to: &headers) }
        isRaw = words.has("raw")
        codec = words.has("json") ? .json : .messagePack
        timeout = try words.last("timeout").map { text throws(UsageError) in
            guard let seconds = Double(text), seconds > 0, seconds < 1e9 else {
                throw UsageError("--timeout must be a number of seconds above 0 (got '\(text)')")
            }
            return .seconds(seconds)
        }
    }

    func connect() async throws -> WebSocketClient {
        var configuration = ClientConfiguration(codec: codec, headers: headers)
        if let token { configuration.token = { token } }
        configuration.tls = tls
        if let timeout {
            configuration.callTimeout = timeout
            configuration.connectTimeout = timeout
        }
        let client = WebSocketClient(url, configuration: configuration)
        try await client.connect()
        return client
    }

    /// A result as one line of JSON; with `--raw`, a string without quotes and escapes.
    func text(of value: WireValue) throws -> String {
        guard isRaw, case .string(let text) = value else { return try value.json().escapingControlCharactersInJSON }
        guard Terminal.showsOutput else { return text }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { String($0).escapingControlCharacters }.joined(separator: "\n")
    }

    /// Parses an argument: as JSON if it is valid JSON, otherwise as a string. `@FILE` is replaced by the text of the
    /// file.
    private static func value(_ word: String) throws(UsageError) -> WireValue {
        guard word.hasPrefix("@") else { return (try? WireValue(json: word)) ?? .string(word) }
        return .string(try text(of: word.dropFirst()))
    }

    /// Parses a token. `@FILE` is replaced by the first line of the file, which keeps the token out of the process
    /// list.
    private static func token(_ word: String) throws(UsageError) -> String {
        guard word.hasPrefix("@") else { return word }
        let text = try text(of: word.dropFirst())
        return String(text.prefix { !$0.isNewline })
    }

    private static func add(_ word: String, to headers: inout HTTPHeaders) throws(UsageError) {
        let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2,
            (try? headers.add(name: String(parts[0]), value: String(parts[1].drop { $0 == " " }))) != nil
        else { throw UsageError("--header must be 'NAME: VALUE'") }
    }

    private static func text(of path: Substring) throws(UsageError) -> String {
        do {
            return try String(contentsOfFile: String(path), encoding: .utf8)
        } catch {
            throw UsageError("cannot read '\(path)' as text")
        }
    }
}
