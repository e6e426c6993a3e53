import Webshocket

/// A peer that writes its own JSON packets, so it can send requests that `WebSocketClient` never sends.
struct PlainPeer: Sendable {
    private let client: RawWebSocketClient

    /// - Parameter client: A client of raw messages.
    init(_ client: RawWebSocketClient) { self.client = client }

    func request(
        _ method: String, _ arguments: WireValue..., id: String?, with extensions: [String: WireValue] = [:]
    ) async throws {
        var rpc: [String: WireValue] = ["type": "request", "method": .string(method), "args": .array(arguments)]
        if let id { rpc["call_id"] = .string(id) }
        rpc.merge(extensions) { _, extra in extra }
        try await client.send(.text(try WireValue.map(["source": 5, "rpc": .map(rpc)]).json()))
    }

    func send(_ text: String) async throws { try await client.send(.text(text)) }

    func packet() async throws -> WireValue {
        try WireValue(json: await client.receive().asText)
    }

    /// Receives the next packet, and returns its `rpc`.
    func response() async throws -> WireValue { try await packet()["rpc"] ?? .null }

    /// Receives the next `count` elements of a stream.
    func elements(_ count: Int) async throws -> [WireValue] {
        var elements: [WireValue] = []
        for _ in 0..<count { elements.append(try await response()["response"] ?? .null) }
        return elements
    }

    /// Calls `nothing`, which is answered after all messages sent earlier have been handled.
    func settle() async throws -> WireValue {
        try await request("nothing", id: "settle")
        return try await response()
    }

    static func connected<R>(to url: String, _ body: (PlainPeer) async throws -> R) async throws -> R {
        try await withRawClient(url) { try await body(PlainPeer($0)) }
    }

    func close() async { await client.close() }
}

extension WireValue {
    /// Whether this `rpc` is the response to `settle()`.
    var isSettled: Bool { self["call_id"] == "settle" && self["error"] == .null }

    /// Whether this `rpc` ends a stream without an error.
    func ends(_ id: WireValue) -> Bool {
        self["call_id"] == id && self["is_end"] == true && self["is_stream"] == true && self["error"] == .null
    }

    /// Whether this `rpc` ends a stream with the given error.
    func ends(_ id: WireValue, with error: RPCErrorCode) -> Bool {
        guard self["call_id"] == id, self["is_end"] == true, self["is_stream"] == true else { return false }
        return (self["code"] ?? self["error"])?.asInt == error.rawValue
    }
}
