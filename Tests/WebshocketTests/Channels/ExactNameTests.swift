import Testing
import Webshocket

@Suite("Exact comparison of names", .timeLimit(.minutes(5)))
struct ExactNameTests {
    @Test("canonically equivalent channel names are different channels", arguments: ["", ".*"])
    func exactness(ending: String) async throws {
        let (one, two) = ("caf\u{e9}", "cafe\u{301}")
        let handler = ChannelHandler { ChannelRule(one + ending) }
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                try await client.subscribe(to: one + ending)
                try await client.expect(error: .accessDenied, from: "__subscribe__", .string(two + ending))
                try await client.listen(two + ending)
                #expect(server.hub.statistics.channels == 2)
                try await client.unsubscribe(from: two + ending)
                try server.hub.publish(1, to: one + ending.replacing("*", with: "x"))
                try server.hub.publish(2, to: two + ending.replacing("*", with: "x"))
                try server.hub.end()
                #expect(try await client.dataUpToEnd() == [1])
            }
        }
    }

    @Test("a canonically equivalent name does not bypass another name's rule")
    func bypass() async throws {
        let (one, two) = ("caf\u{e9}.x", "cafe\u{301}.x")
        let handler = ChannelHandler {
            ChannelRule("caf\u{e9}.*").requires(Is("isStaff")).announcesMembers()
            ChannelRule("**").allowsPublishing().announcesMembers()
        }
        try await withServer(handler) { server in
            try await withClients(2, server.url) { clients in
                let (staff, stranger) = (clients[0], clients[1])
                try await staff.set("isStaff", true)
                try await staff.join(one)
                await #expect(throws: RPCError.self) { try await stranger.join(one) }
                await #expect(throws: RPCError.self) { try await stranger.publish("forged", to: one) }
                #expect(try await stranger.join(two).count == 1)
                try await stranger.publish("forged", to: two)
                #expect(server.hub.room(one).memberCount == 1)
                try server.hub.end()
                #expect(try await staff.dataUpToEnd() == [])
            }
        }
    }

    @Test("canonically equivalent user IDs are different users")
    func users() async throws {
        try await withServer(ChannelHandler()) { server in
            try await withClients(2, server.url) { clients in
                try await clients[0].set("userID", "caf\u{e9}")
                try await clients[1].set("userID", "cafe\u{301}")
                #expect(try server.hub.send("private", toUser: "caf\u{e9}") == 1)
            }
        }
    }
}
