import Testing
import Webshocket

@Suite("Text with a long run of combining marks, at a client", .timeLimit(.minutes(5)))
struct LongRunClientTests {
    private typealias Dialect = ClientConfiguration.Dialect

    @Test("fails the call that it answers, and the connection lives", arguments: ClientConfiguration.Dialect.codecs)
    func reply(dialect: ClientConfiguration.Dialect) async throws {
        try await withServer(LongRunHandler()) { server in
            try await withClient(server.url, dialect) { client in
                let error = await #expect(throws: ClientError.self) { try await client.sendRPC("long").check() }
                #expect(error?.code == .unexpectedReply)
                try await client.expect("fine", from: "echo", "fine")
            }
        }
    }

    @Test("ends the stream that it is an element of", arguments: ClientConfiguration.Dialect.codecs)
    func element(dialect: ClientConfiguration.Dialect) async throws {
        try await withServer(LongRunHandler()) { server in
            try await withClient(server.url, dialect) { client in
                var elements = client.streamRPC("elements", as: String.self).makeAsyncIterator()
                #expect(try await elements.next() == "first")
                let error = await #expect(throws: ClientError.self) { try await elements.next() }
                #expect(error?.code == .unexpectedReply)
                try await client.expect("fine", from: "echo", "fine")
            }
        }
    }

    @Test("arrives as bytes in a packet that is not a reply", arguments: ClientConfiguration.Dialect.codecs)
    func push(dialect: ClientConfiguration.Dialect) async throws {
        try await withServer(LongRunHandler()) { server in
            try await withClient(server.url, dialect) { client in
                try await client.sendRPC("push").check()
                let packet = try await client.receive()
                #expect(packet.source == .unknown)
                var hasBytes = false
                if case .bytes = packet.data { hasBytes = true }
                #expect(hasBytes, "\(packet)")
                try await client.expect("fine", from: "echo", "fine")
            }
        }
    }

    @Test("arrives as bytes in a raw text message")
    func message() async throws {
        try await withServer(routes: {
            Route("/", access: .everyone) { connection, _ in
                connection.send(.text(Runs.short))
                connection.send(.text(Runs.long))
            }
        }) { server in
            try await withClient(server.url, .messages) { client in
                try await client.send(.text("both"))
                #expect(try await client.receiveMessage() == .text(Runs.short))
                #expect(try await client.receiveMessage() == .binary(Array(Runs.long.utf8)))
            }
        }
    }

    @Test("is shown to observers as bytes")
    func observers() async throws {
        let seen = Collected<Message>()
        try await withServer(LongRunHandler()) { server in
            try await withClient(server.url, .json) { client in
                let observation = client.observe(withMessages: true) { event in
                    if case .received(let message) = event { seen.append(message) }
                }
                _ = try? await client.sendRPC("long").check()
                observation.cancel()
            }
        }
        var isBinary = false
        if case .binary? = seen.values.first { isBinary = true }
        #expect(isBinary)
    }
}
