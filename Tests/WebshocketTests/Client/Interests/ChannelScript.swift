import Webshocket

/// A scripted server that records what its clients ask for of channels and rooms, and answers what it is told to.
///
/// A call of `mark` is answered, so that all that was sent before it has been recorded. A call of `end` ends the
/// connection. All other methods do not exist.
final class ChannelScript: Sendable {
    /// Requests in words, such as `__join__ lobby` and `__abort__`; the connections of a client are set apart by
    /// `connected`.
    let requests = Collected<String>()
    /// How to answer a request, by its words and how often it came before; nil to leave it without an answer.
    private let answer: @Sendable (String, Int) -> Answer?

    enum Answer {
        case result(String)
        case error(Int)
    }

    init(answer: @escaping @Sendable (_ words: String, _ times: Int) -> Answer?) {
        self.answer = answer
    }

    func take(_ request: ScriptedRequest) {
        switch request.method {
        case "mark": request.result("null")
        case "end": request.connection.close(4_000, reason: "ended")
        case "__abort__": requests.append("__abort__")
        case "__subscribe__", "__unsubscribe__", "__join__", "__leave__":
            let words = Self.words(of: request)
            let times = requests.values.count { $0 == words }
            requests.append(words)
            switch answer(words, times) {
            case .result(let json): request.result(json)
            case .error(let code): request.error(code, "refused")
            case nil: break
            }
        default: request.error(-32_601, "no such method")
        }
    }

    private static func words(of request: ScriptedRequest) -> String {
        let names: [String] =
            switch request.rpc["args"]?[0] {
            case .string(let name): [name]
            case .array(let names): names.compactMap(\.asString)
            default: []
            }
        return ([request.method] + names).joined(separator: " ")
    }
}

/// Connects a client to a server that answers its requests for channels and rooms as told.
/// - Parameters:
///   - answer: see ``ChannelScript``.
///   - callTimeout: of the client's calls.
///   - timeToLive: of what waits for a connection.
///   - pauses: the base and the cap of the client's pauses.
func withChannelScript(
    callTimeout: Duration? = nil, timeToLive: Duration = .seconds(3_600), pauses: Duration = .seconds(3_600),
    answer: @escaping @Sendable (_ words: String, _ times: Int) -> ChannelScript.Answer?,
    _ body: (WebSocketClient, ChannelScript) async throws -> Void
) async throws {
    let script = ChannelScript(answer: answer)
    try await withScriptedServer { request in
        script.take(request)
    } _: { url in
        var configuration = ClientConfiguration(dialect: .json)
        configuration.callTimeout = callTimeout
        configuration.connectTimeout = .patient
        configuration.reconnect = .exponential(base: pauses, cap: pauses)
        configuration.offlineQueue.timeToLive = timeToLive
        let client = WebSocketClient(url, configuration: configuration)
        try await client.connect()
        try await body(client, script)
        await client.close()
    }
}

extension WebSocketClient {
    /// Returns when the server has taken up all that was sent before.
    func mark() async throws { try await sendRPC("mark", timeout: .never).check() }

    /// Has the server end the connection, and returns when the client waits for its next try.
    func loseConnection() async throws {
        var events = events().makeAsyncIterator()
        try await notify("end")
        while let event = await events.next() {
            if case .waiting = event { return }
        }
    }
}
