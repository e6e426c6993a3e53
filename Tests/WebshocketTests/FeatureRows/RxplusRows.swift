import Testing
import Webshocket

@Suite("Features from rxplus", .timeLimit(.minutes(5)))
struct RxplusRows {
    @Test(
        """
        Paths: one server serves many paths, each with its own handler and its own data type (text, bytes, Codable \
        object)
        """
    )
    func paths() async throws {
        let server = WebSocketServer(port: 0, configuration: .quiet) {
            WebSocketRoute("/text", access: .everyone, receiving: String.self) { connection, text in
                try connection.send(text.uppercased())
            }
            WebSocketRoute("/bytes", access: .everyone, receiving: [UInt8].self) { connection, bytes in
                try connection.send(bytes + [255])
            }
            WebSocketRoute("/points", access: .everyone, receiving: Point.self) { connection, point in
                try connection.send(Point(x: point.y, y: point.x))
            }
            WebSocketRoute("/rpc", ChannelHandler())
        }
        let exchanges: [(path: String, sent: WebSocketMessage, answer: WebSocketMessage)] = [
            ("/text", .text("hello"), .text("HELLO")), ("/bytes", .binary([1]), .binary([1, 255])),
            ("/points", .text(#"{"x":1.5,"y":2.5}"#), .text(#"{"x":2.5,"y":1.5}"#)),
        ]
        try await withServer(server) { server in
            for (path, sent, answer) in exchanges {
                try await withRawClient(server.url(path: path)) { client in
                    try await client.send(sent)
                    #expect(try await client.receive() == answer)
                    let connection = try #require(server.hub(at: path)?.connections.first)
                    #expect(connection.path == path)
                }
            }
            try await withClient(server.url(path: "/rpc")) { client in
                try await client.expect(error: nil, from: "nothing")
                #expect(server.hub(at: "/rpc")?.connectionCount == 1)
            }
        }
    }
}
