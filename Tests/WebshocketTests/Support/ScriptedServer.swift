import Webshocket

/// A request as a scripted server reads it; what it answers is up to the test, right or wrong. In JSON.
struct ScriptedRequest: Sendable {
    let connection: Connection
    let rpc: Value

    var method: String { rpc["method"]?.asString ?? "" }
    var id: String { rpc["call_id"]?.asString ?? "" }

    func result(_ json: String) { answer(json) }
    func element(_ json: String) { answer(json, isStream: true) }
    func end() { answer("null", isStream: true, isEnd: true) }
    func error(_ code: Int, _ text: String, isStream: Bool = false) {
        answer("\"\(text)\"", error: "\(code)", isStream: isStream, isEnd: isStream)
    }

    private func answer(_ json: String, error: String = "null", isStream: Bool = false, isEnd: Bool = false) {
        let keys = #""response":\#(json),"error":\#(error),"is_stream":\#(isStream),"is_end":\#(isEnd)"#
        connection.send(.text(#"{"source":5,"rpc":{"type":"response","call_id":"\#(id)",\#(keys)}}"#))
    }
}

/// Connects a client to a server that answers as `answer` says, for the length of `body`.
func withScript(
    _ configuration: ClientConfiguration = ClientConfiguration(dialect: .json),
    answer: nonisolated(nonsending) @escaping @Sendable (ScriptedRequest) async throws -> Void,
    _ body: (WebSocketClient) async throws -> Void
) async throws {
    try await withScriptedServer(answer: answer) { url in
        let client = WebSocketClient(url, configuration: configuration)
        try await client.connect()
        try await body(client)
        await client.close()
    }
}

/// Runs a server that answers as `answer` says, for the length of `body`.
func withScriptedServer(
    answer: nonisolated(nonsending) @escaping @Sendable (ScriptedRequest) async throws -> Void,
    _ body: (_ url: String) async throws -> Void
) async throws {
    var server = ServerConfiguration.quiet
    // A script says things that nobody reads.
    server.limits.outboundQueue = 1_073_741_824
    let route = Route("/", access: .everyone) { connection, message in
        guard let rpc = try Value(json: message.asText)["rpc"] else { return }
        try await answer(ScriptedRequest(connection: connection, rpc: rpc))
    }
    try await withServer(server, routes: { route }) { server in try await body(server.url) }
}
