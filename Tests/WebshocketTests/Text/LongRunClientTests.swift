import Testing
import Webshocket

@Suite("Long runs of combining marks received by a client", .timeLimit(.minutes(5)))
struct LongRunClientTests {
    @Test(
        "a response with a long run fails its call, and the connection stays open",
        arguments: PacketCodec.codecs)
    func reply(codec: PacketCodec) async throws {
        try await withServer(LongRunHandler()) { server in
            try await withClient(server.url, codec) { client in
                let error = await #expect(throws: ClientError.self) { try await client.sendRPC("long") }
                #expect(error?.code == .unexpectedReply)
                try await client.expect("fine", from: "echo", "fine")
            }
        }
    }

    @Test("an element with a long run ends its stream with an error", arguments: PacketCodec.codecs)
    func element(codec: PacketCodec) async throws {
        try await withServer(LongRunHandler()) { server in
            try await withClient(server.url, codec) { client in
                var elements = client.streamRPC("elements", as: String.self).makeAsyncIterator()
                #expect(try await elements.next() == "first")
                let error = await #expect(throws: ClientError.self) { try await elements.next() }
                #expect(error?.code == .unexpectedReply)
                try await client.expect("fine", from: "echo", "fine")
            }
        }
    }

    @Test(
        "a long run in a packet that is not a response is received as bytes",
        arguments: PacketCodec.codecs)
    func push(codec: PacketCodec) async throws {
        try await withServer(LongRunHandler()) { server in
            try await withClient(server.url, codec) { client in
                try await client.sendRPC("push")
                let packet = try await client.receive()
                #expect(packet.source == .unknown)
                var hasBytes = false
                if case .bytes = packet.data { hasBytes = true }
                #expect(hasBytes, "\(packet)")
                try await client.expect("fine", from: "echo", "fine")
            }
        }
    }

    @Test("a long run in a raw text message is received as bytes")
    func message() async throws {
        try await withServer(routes: {
            WebSocketRoute("/", access: .everyone) { connection, _ in
                connection.send(.text(Runs.short))
                connection.send(.text(Runs.long))
            }
        }) { server in
            try await withRawClient(server.url) { client in
                try await client.send(.text("both"))
                #expect(try await client.receive() == .text(Runs.short))
                #expect(try await client.receive() == .binary(Array(Runs.long.utf8)))
            }
        }
    }

    @Test("observers see a long run as bytes")
    func observers() async throws {
        let seen = Collected<WebSocketMessage>()
        try await withServer(LongRunHandler()) { server in
            try await withClient(server.url, .json) { client in
                let observation = client.observe(withMessages: true) { event in
                    if case .received(let message) = event { seen.append(message) }
                }
                _ = try? await client.sendRPC("long")
                observation.cancel()
            }
        }
        var isBinary = false
        if case .binary? = seen.values.first { isBinary = true }
        #expect(isBinary)
    }
}
