import Testing
import Webshocket

@Suite("The limit for subscriptions", .timeLimit(.minutes(5)))
struct ChannelCapTests {
    private func configuration(_ cap: Int) -> ServerConfiguration {
        var configuration = ServerConfiguration.quiet
        configuration.limits.subscriptions = cap
        return configuration
    }

    private var handler: ChannelHandler {
        ChannelHandler {
            ChannelRule("**")
        }
    }

    @Test("accepts names up to the limit, and all or none of a list", arguments: PacketCodec.codecs)
    func cap(codec: PacketCodec) async throws {
        try await withServer(handler, configuration(3)) { server in
            try await withClient(server.url, codec) { client in
                let connection = try await client.connection(on: server.hub)
                for method in ["listen", "__subscribe__"] {
                    try await client.expect(error: .overloaded, from: method, ["c1", "c2", "c3", "c4"])
                    #expect(connection.subscriptions == [])
                    try await client.expect(error: nil, from: method, ["c1", "c2"])
                    try await client.expect(error: .overloaded, from: method, ["c3", "c4"])
                    #expect(connection.subscriptions == ["c1", "c2"])
                    // Existing subscriptions do not count again.
                    try await client.expect(error: nil, from: method, ["c1", "c2", "c3"])
                    try await client.expect(error: nil, from: method, ["c3"])
                    try await client.expect(error: .overloaded, from: method, ["*"])
                    #expect(connection.subscriptions == ["c1", "c2", "c3"])
                    #expect(server.hub.channels == ["c1": 1, "c2": 1, "c3": 1])
                    try await client.expect(.null, from: "deafen", ["c2"])
                    try await client.expect(error: nil, from: method, ["c4"])
                    try await client.expect(.null, from: "deafenAll")
                }
            }
        }
    }

    @Test("counts rooms too, in addition to subscriptions of the same name")
    func rooms() async throws {
        try await withServer(handler, configuration(2)) { server in
            try await withClient(server.url) { client in
                let connection = try await client.connection(on: server.hub)
                try await client.listen("c")
                #expect(try connection.join("c"))
                #expect(try !connection.join("c"))
                for join in ["enter", "__join__"] { try await client.expect(error: .overloaded, from: join, "c2") }
                try await client.expect(error: .overloaded, from: "listen", ["c2"])
                #expect(connection.rooms == ["c"] && server.hub.rooms == ["c": 1])
                #expect(connection.leave("c"))
                #expect(try await client.join("c2") == [])
            }
        }
    }

    @Test("applies to each connection separately, and the error states the limit")
    func text() async throws {
        try await withServer(handler, configuration(1)) { server in
            try await withClients(2, server.url, .json) { clients in
                for client in clients {
                    try await client.subscribe(to: "c1")
                    let error = await #expect(throws: RPCError.self) { try await client.subscribe(to: "c2") }
                    #expect(error?.code.rawValue == -32_004)
                    #expect(error?.message == "too many subscriptions and rooms: at most 1 per connection")
                }
            }
        }
    }

    @Test("does not apply if it is 0", arguments: ["listen", "__subscribe__"])
    func none(method: String) async throws {
        try await withServer(handler, configuration(0)) { server in
            try await withClient(server.url) { client in
                let names = (0..<1_000).map { "c\($0)" }
                for name in names { try await client.notify(method, [name]) }
                try await client.sendRPC(method, names)
                #expect(server.hub.channels.count == 1_000)
                try server.hub.publish("x", to: "c999")
                #expect(try await client.receive().channel == "c999")
            }
        }
    }

    @Test("is 128 by default")
    func standard() async throws {
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                try await client.expect(error: .overloaded, from: "listen", .array((0..<129).map { "c\($0)" }))
                try await client.expect(error: nil, from: "listen", .array((0..<128).map { "c\($0)" }))
            }
        }
    }
}
