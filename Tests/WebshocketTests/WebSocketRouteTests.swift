import Testing
import Webshocket

@Suite("Routes", .timeLimit(.minutes(5)))
struct WebSocketRouteTests {
    @Test("a route of raw messages receives text and bytes in order")
    func echo() async throws {
        try await withServer(routes: {
            WebSocketRoute("/echo", access: .everyone) { connection, message in connection.send(message) }
        }) { server in
            try await withRawClient("\(server.url)/echo") { client in
                let messages: [WebSocketMessage] = [
                    .text("é"), .binary([0, 255]), .text(""), .binary([]), .text("last"),
                ]
                for message in messages { try await client.send(message) }
                for message in messages { #expect(try await client.receive() == message) }
            }
        }
    }

    @Test("a route of raw messages handles one at a time, even if its handler suspends")
    func sequence() async throws {
        let seen = Collected<String>()
        let routes: [WebSocketRoute] = [
            WebSocketRoute("/", access: .everyone) { connection, message in
                seen.append("begin \(message)")
                await Task.yield()
                seen.append("end \(message)")
                connection.send(message)
            }
        ]
        try await withServer(routes: { for route in routes { route } }) { server in
            try await withRawClient(server.url) { client in
                for number in 0..<50 { try await client.send(.text("\(number)")) }
                for number in 0..<50 { #expect(try await client.receive() == .text("\(number)")) }
            }
        }
        #expect(
            seen.values
                == (0..<50).flatMap {
                    ["begin \(WebSocketMessage.text("\($0)"))", "end \(WebSocketMessage.text("\($0)"))"]
                })
    }

    @Test("each path has its own handler, and other paths get 404")
    func paths() async throws {
        try await withServer(routes: {
            WebSocketRoute("/calls", SampleHandler())
            WebSocketRoute("/closed", access: .everyone) { connection, _ in
                connection.close(CloseCode(rawValue: 4_000), reason: "seen")
            }
        }) { server in
            try await withClient("\(server.url)/calls?token=1") { client in
                try await client.expect(3, from: "add", 1, 2)
            }
            try await withRawClient("\(server.url)/closed") { client in
                try await client.send(.text("?"))
                let error = await #expect(throws: ClientError.self) { try await client.receive() }
                #expect(error?.closure == ConnectionClosure(CloseCode(rawValue: 4_000), reason: "seen", isClean: true))
            }
            let error = await #expect(throws: ClientError.self) { try await withClient("\(server.url)/other") { _ in } }
            #expect(error?.code == .upgradeRefused && error?.httpStatus == 404)
        }
    }

    @Test("an error in a route's handler closes the connection with 1011 and an empty reason")
    func failure() async throws {
        struct Failure: Error {}
        try await withServer(routes: { WebSocketRoute("/", access: .everyone) { _, _ in throw Failure() } }) { server in
            try await withRawClient(server.url) { client in
                try await client.send(.text("?"))
                let error = await #expect(throws: ClientError.self) { try await client.receive() }
                #expect(error?.closure?.code == .internalError && error?.closure?.reason == "")
            }
        }
    }
}
