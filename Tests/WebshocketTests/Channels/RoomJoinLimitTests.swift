import Testing
import Webshocket

@Suite("The rate limit for rooms that announce their members", .timeLimit(.minutes(5)))
struct RoomJoinLimitTests {
    private var handler: ChannelHandler {
        ChannelHandler {
            ChannelRule("lobby").announcesMembers()
            ChannelRule("strict").announcesMembers().rateLimit(1, per: "1h")
            ChannelRule("quiet")
        }
    }

    private func configuration(_ limits: RateLimit...) -> ServerConfiguration {
        var configuration = ServerConfiguration.quiet
        configuration.limits.roomJoins = limits
        return configuration
    }

    @Test("allows n joins per connection and refuses the next; listing the members counts as a join")
    func edge() async throws {
        try await withServer(handler, configuration(RateLimit(3, per: "1h"))) { server in
            try await withClients(2, server.url) { clients in
                for client in clients {
                    try await client.expect(error: nil, from: "__join__", "lobby")
                    try await client.expect(true, from: "__leave__", "lobby")
                    try await client.expect(error: nil, from: "__join__", "lobby")
                    try await client.expect(error: nil, from: "__members__", "lobby")
                    try await client.expect(error: .rateLimited, from: "__members__", "lobby")
                    try await client.expect(error: .rateLimited, from: "__join__", "lobby")
                    try await client.expect(true, from: "__leave__", "lobby")
                    try await client.expect(error: .rateLimited, from: "__join__", "lobby")
                    for _ in 0..<4 { try await client.expect(error: nil, from: "__join__", "quiet") }
                    // The server's own code is not limited.
                    try await client.expect(true, from: "enter", "lobby")
                }
            }
        }
    }

    @Test("persists across connections if it counts by address")
    func reconnecting() async throws {
        try await withServer(handler, configuration(RateLimit(2, per: "1h", scope: .address))) { server in
            for error in [nil, nil, RPCErrorCode.rateLimited] {
                try await withClient(server.url) { client in
                    try await client.expect(error: error, from: "__join__", "lobby")
                }
            }
        }
    }

    @Test("applies in addition to the rule's own limit, and a refused join is charged to neither")
    func besideRule() async throws {
        try await withServer(handler, configuration(RateLimit(2, per: "1h"))) { server in
            try await withClient(server.url) { client in
                try await client.expect(error: nil, from: "__join__", "strict")
                try await client.expect(error: .rateLimited, from: "__join__", "strict")
                try await client.expect(error: nil, from: "__join__", "lobby")
                try await client.expect(error: .rateLimited, from: "__join__", "lobby")
            }
        }
    }

    @Test("is disabled by an empty list")
    func off() async throws {
        try await withServer(handler, configuration()) { server in
            try await withClient(server.url) { client in
                for _ in 0..<200 { try await client.expect(error: nil, from: "__join__", "lobby") }
            }
        }
    }

    @Test("prevents the server from starting if it is out of range")
    func outOfRange() async {
        let server = WebSocketServer(port: 0, handler: handler, configuration: configuration(RateLimit(0, per: "1s")))
        let error = await #expect(throws: ServerError.self) { try await server.start() }
        #expect(error?.message.hasPrefix("rate limit of 'limits.roomJoins': ") == true)
    }
}
