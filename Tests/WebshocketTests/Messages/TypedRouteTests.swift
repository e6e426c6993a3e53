import Testing
import Webshocket

@Suite("Typed routes", .timeLimit(.minutes(5)))
struct TypedRouteTests {
    struct Reading: Codable, Sendable, Equatable {
        var celsius: Double
    }

    @RoutesBuilder private var routes: [AnyRoute] {
        WebSocketRoute("/text", access: .everyone, receiving: String.self) { connection, text in
            try connection.send("<\(text)>")
        }
        WebSocketRoute("/bytes", access: .everyone, receiving: [UInt8].self) { connection, bytes in
            try connection.send([UInt8](bytes.reversed()))
        }
        WebSocketRoute("/readings", access: .everyone, receiving: Reading.self) { connection, reading in
            try connection.send(Reading(celsius: reading.celsius + 1))
        }
        WebSocketRoute("/values", access: .everyone, receiving: WireValue.self) { connection, value in
            try connection.send(["value": value])
        }
        WebSocketRoute("/mixed", access: .everyone) {
            OnText { connection, text in try connection.send("text \(text)") }
            OnBinary { connection, bytes in connection.send(bytes: bytes) }
            OnJSON { (connection: Connection, reading: Reading) in try connection.send(json: reading.celsius) }
        }
        WebSocketRoute("/json", access: .everyone) {
            OnJSON { (connection: Connection, number: Int) in try connection.send(number + 1) }
        }
        WebSocketRoute("/slow", access: .everyone, receiving: String.self) { connection, text in
            await Task.yield()
            guard text != "fail" else { throw CancellationError() }
            connection.send(text: text)
        }
        WebSocketRoute("/push", access: .everyone, messages: {}) { connection in connection.send(text: "welcome") }
        WebSocketRoute("/errors", access: .everyone, receiving: String.self) { connection, text in
            switch text {
            case "closure": throw ConnectionClosure(4_001, reason: "as told")
            case "rpc": throw RPCError("not said")
            default: throw CancellationError()
            }
        }
    }

    @Test(
        "receives messages of its type, and sends values without packets",
        arguments: [
            ("/text", WebSocketMessage.text("é"), WebSocketMessage.text("<é>")),
            ("/text", .text(""), .text("<>")),
            ("/text", .text(#"{"source":4}"#), .text(#"<{"source":4}>"#)),
            ("/bytes", .binary([1, 2, 255]), .binary([255, 2, 1])),
            ("/bytes", .binary([]), .binary([])),
            ("/readings", .text(#"{"celsius":1.5}"#), .text(#"{"celsius":2.5}"#)),
            ("/readings", .binary(Array(#" {"celsius":-1} "#.utf8)), .text(#"{"celsius":0.0}"#)),
            ("/values", .text(#"{"source":5,"rpc":null}"#), .text(#"{"value":{"rpc":null,"source":5}}"#)),
            ("/values", .text("7"), .text(#"{"value":7}"#)),
            ("/mixed", .text("hello"), .text("text hello")),
            ("/mixed", .text(#"{"celsius":1.5}"#), .text("1.5")),
            ("/mixed", .binary(Array("7".utf8)), .binary([55])),
            ("/json", .binary(Array("7".utf8)), .text("8")),
            ("/slow", .text("é"), .text("é")),
        ])
    func echo(path: String, sent: WebSocketMessage, received: WebSocketMessage) async throws {
        try await withServer(routes: { for route in routes { route } }) { server in
            try await withRawClient(server.url(path: path)) { client in
                for _ in 0..<2 {
                    try await client.send(sent)
                    let message = try await client.receive()
                    #expect(message == received)
                }
            }
        }
    }

    @Test(
        "a message of the wrong kind closes with 1003, and one that cannot be decoded with 1007",
        arguments: [
            ("/text", WebSocketMessage.binary([1]), CloseCode.unsupportedData, "Text messages only"),
            ("/bytes", .text("hello"), .unsupportedData, "Binary messages only"),
            ("/push", .text("hello"), .unsupportedData, "No messages are taken here"),
            ("/push", .binary([]), .unsupportedData, "No messages are taken here"),
            ("/readings", .text("hello"), .invalidPayload, "The message is malformed."),
            ("/readings", .text(""), .invalidPayload, "The message ends too early."),
            ("/readings", .binary([0xff]), .invalidPayload, "The message holds text that is not UTF-8."),
            ("/readings", .text("7"), .invalidPayload, "the message must be a map (got an integer)"),
            (
                "/readings", .text(#"{"celsius":"hot"}"#), .invalidPayload,
                "the message must be a number at celsius (got a string)"
            ),
            ("/mixed", .text("7"), .invalidPayload, "the message must be a map (got an integer)"),
            ("/json", .text("7.5"), .invalidPayload, "the message must be an integer (got 7.5)"),
            (
                "/values", .text(String(repeating: "[", count: 65) + String(repeating: "]", count: 65)),
                .invalidPayload,
                "The message is nested too deeply."
            ),
            ("/errors", .text("closure"), 4_001, "as told"),
            ("/errors", .text("rpc"), .internalError, ""),
            ("/errors", .text("other"), .internalError, ""),
            ("/slow", .binary([]), .unsupportedData, "Text messages only"),
            ("/slow", .text("fail"), .internalError, ""),
        ])
    func refusals(path: String, sent: WebSocketMessage, code: CloseCode, reason: String) async throws {
        try await withServer(routes: { for route in routes { route } }) { server in
            try await withRawClient(server.url(path: path)) { client in
                if path == "/push" { #expect(try await client.receive() == .text("welcome")) }
                try await client.send(sent)
                let error = await #expect(throws: ClientError.self) { try await client.receive() }
                #expect(error?.closure == ConnectionClosure(code, reason: reason, isClean: true))
            }
        }
    }

    @Test("a long close reason is cut to 123 bytes")
    func longReason() async throws {
        let route = WebSocketRoute("/", access: .everyone, receiving: [String: Int].self) { _, _ in }
        try await withServer(routes: { route }) { server in
            try await withRawClient(server.url) { client in
                try await client.send(.text("{\"\(String(repeating: "é", count: 1_000))\":true}"))
                let error = await #expect(throws: ClientError.self) { try await client.receive() }
                #expect(error?.closure?.code == .invalidPayload)
                #expect(error?.closure?.reason.hasPrefix("the message must be an integer at éé") == true)
                #expect(error?.closure.map { 122...123 ~= $0.reason.utf8.count } == true)
            }
        }
    }

    @Test("duplicate handlers and event handlers prevent the start")
    func startup() async throws {
        let wrong: [(WebSocketRoute, ServerError)] = [
            (
                WebSocketRoute("/", access: .everyone) {
                    OnText { _, _ in }
                    OnText { _, _ in }
                }, ServerError(code: .invalidMessageHandler, message: "text messages have two handlers")
            ),
            (
                WebSocketRoute("/", access: .everyone) {
                    OnJSON { (_: Connection, _: Int) in }
                    OnJSON { (_: Connection, _: String) in }
                }, ServerError(code: .invalidMessageHandler, message: "JSON messages have two handlers")
            ),
            (
                WebSocketRoute("/a", access: .everyone) { OnEvent("typing") { _ in } },
                ServerError(
                    code: .invalidRoute, message: "path '/a' is for raw messages; it cannot handle event 'typing'")
            ),
        ]
        for (route, error) in wrong {
            let server = WebSocketServer(port: 0, configuration: .quiet) { route }
            await #expect(throws: error) { try await server.start() }
        }
    }
}
