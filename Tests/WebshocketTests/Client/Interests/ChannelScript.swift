import Webshocket

/// A scripted server that records its clients' requests for channels and rooms, and answers them with a closure.
///
/// It answers a call of `mark`, at which all earlier requests have been recorded. A call of `end` ends the connection.
/// All other methods are unknown.
final class ChannelScript: Sendable {
    /// The requests as text, such as `__join__ lobby` and `__abort__`.
    let requests = Collected<String>()
    /// Returns the answer to a request, given its text and how often it came before; nil to leave it unanswered.
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

/// Connects a client to a scripted server.
/// - Parameters:
///   - callTimeout: The timeout of the client's calls.
///   - timeToLive: The time that messages may wait for a connection.
///   - pauses: The base and the cap of the client's reconnect pauses.
///   - answer: Returns the answer to a request; see ``ChannelScript``.
func withChannelScript(
    callTimeout: Duration? = nil, timeToLive: Duration = .seconds(3_600), pauses: Duration = .seconds(3_600),
    answer: @escaping @Sendable (_ words: String, _ times: Int) -> ChannelScript.Answer?,
    _ body: (WebSocketClient, ChannelScript) async throws -> Void
) async throws {
    let script = ChannelScript(answer: answer)
    try await withScriptedServer { request in
        script.take(request)
    } _: { url in
        var configuration = ClientConfiguration(codec: .json)
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
    /// Returns when the server has processed all earlier requests.
    func mark() async throws { try await sendRPC("mark", timeout: .never) }

    /// Makes the server end the connection, and returns when the client waits for its next attempt.
    func loseConnection() async throws {
        var events = events().makeAsyncIterator()
        try await notify("end")
        while let event = await events.next() {
            if case .waiting = event { return }
        }
    }
}
