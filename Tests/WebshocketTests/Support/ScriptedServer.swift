import Webshocket

/// A JSON request to a scripted server. The test writes the responses, valid or not.
struct ScriptedRequest: Sendable {
    let connection: Connection
    let rpc: WireValue
    /// The size of the message in bytes.
    var size = 0

    var method: String { rpc["method"]?.asString ?? "" }
    var id: String { rpc["call_id"]?.asString ?? "" }

    func result(_ json: String) { answer(json) }
    func element(_ json: String) { answer(json, isStream: true) }
    func end() { answer("null", isStream: true, isEnd: true) }
    func error(_ code: Int, _ text: String, isStream: Bool = false) {
        answer("\"\(text)\"", error: "\(code)", isStream: isStream, isEnd: isStream)
    }

    /// Sends the error response of a server that shuts down.
    func shuttingDown(retryAfter: Double? = nil, isStream: Bool = false) {
        let advice = retryAfter.map { #","retry_after":\#($0)"# } ?? ""
        answer(
            #""The server is shutting down.""#, error: #"-32603,"code":-32007\#(advice)"#, isStream: isStream,
            isEnd: isStream)
    }

    private func answer(_ json: String, error: String = "null", isStream: Bool = false, isEnd: Bool = false) {
        let keys = #""response":\#(json),"error":\#(error),"is_stream":\#(isStream),"is_end":\#(isEnd)"#
        connection.send(.text(#"{"source":5,"rpc":{"type":"response","call_id":"\#(id)",\#(keys)}}"#))
    }
}

/// The response of a scripted server to `__hello__`.
enum ScriptedHello: Sendable {
    /// A result, as JSON.
    case result(String)
    /// The error of an older server, which does not have this method.
    case methodNotFound
    /// No response: the script receives `__hello__` like any other request.
    case script

    /// Answers the request if it is `__hello__`, unless that is left to the script.
    /// - Returns: Whether the request was answered.
    func answers(_ request: ScriptedRequest) -> Bool {
        guard request.method == ProtocolMethod.hello.name else { return false }
        switch self {
        case .result(let json): request.result(json)
        case .methodNotFound: request.error(RPCErrorCode.methodNotFound.rawValue, "no such method")
        case .script: return false
        }
        return true
    }
}

/// Runs a server that passes each request to `answer`, and runs `body` with a client connected to it.
func withScript(
    _ configuration: ClientConfiguration = ClientConfiguration(codec: .json), hello: ScriptedHello = .methodNotFound,
    answer: nonisolated(nonsending) @escaping @Sendable (ScriptedRequest) async throws -> Void,
    _ body: (WebSocketClient) async throws -> Void
) async throws {
    try await withScriptedServer(hello: hello, answer: answer) { url in
        let client = WebSocketClient(url, configuration: configuration)
        try await client.connect()
        try await body(client)
        await client.close()
    }
}

/// Runs a server that passes each request to `answer` until `body` returns.
func withScriptedServer(
    hello: ScriptedHello = .methodNotFound,
    answer: nonisolated(nonsending) @escaping @Sendable (ScriptedRequest) async throws -> Void,
    _ body: (_ url: String) async throws -> Void
) async throws {
    var server = ServerConfiguration.quiet
    // A script may send messages that the client does not read.
    server.limits.outboundQueue = 1_073_741_824
    let route = WebSocketRoute("/", access: .everyone) { connection, message in
        let text = try message.asText
        guard let rpc = try WireValue(json: text)["rpc"] else { return }
        let request = ScriptedRequest(connection: connection, rpc: rpc, size: text.utf8.count)
        if !hello.answers(request) { try await answer(request) }
    }
    try await withServer(server, routes: { route }) { server in try await body(server.url) }
}
