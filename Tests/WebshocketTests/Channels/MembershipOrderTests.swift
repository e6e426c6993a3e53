import Testing
import Webshocket

@Suite("Order of membership callbacks", .timeLimit(.minutes(5)))
struct MembershipOrderTests {
    final class Handler: WebSocketHandler {
        let access = Access.everyone
        let heard = Collected<String>()
        let gate = Gate()

        func login(_ connection: Connection) { connection.isMember = true }
        func logout(_ connection: Connection) { connection.isMember = false }
        func kick(_ connection: Connection) { connection.leave("vip") }

        var methods: RPCMethods {
            RPCMethod("login", login)
            RPCMethod("logout", logout)
            RPCMethod("kick", kick)
        }

        var channels: ChannelRules {
            ChannelRule("vip").requires(Is("isMember")).announcesMembers()
            ChannelRule("room.*")
            ChannelRule("user.*").admits { connection, channel in channel.name == "user.\(connection.userID ?? "")" }
        }

        nonisolated(nonsending) func onJoin(_ connection: Connection, room: Room) async {
            heard.append("joins \(room.name)")
            await gate.wait()
            heard.append("has joined \(room.name)")
        }

        nonisolated(nonsending) func onLeave(_ connection: Connection, room: Room) async {
            heard.append("leaves \(room.name)")
        }

        nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {
            heard.append("disconnects")
        }
    }

    @Test("callbacks run one at a time, and end before onDisconnect")
    func order() async throws {
        let handler = Handler()
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                try await client.join("room.1")
                try await client.leave("room.1")
                try await client.join("room.2")
            }
            handler.gate.open()
        }
        #expect(
            handler.heard.values == [
                "joins room.1", "has joined room.1", "leaves room.1", "joins room.2", "has joined room.2",
                "leaves room.2", "disconnects",
            ])
    }

    @Test("reading pauses while callbacks are queued, so that they do not accumulate")
    func bound() async throws {
        let handler = Handler()
        try await withServer(handler) { server in
            try await PlainPeer.connected(to: server.url) { peer in
                for turn in 0..<200 {
                    try await peer.request(turn % 2 == 0 ? "__join__" : "__leave__", "room.1", id: "\(turn)")
                }
                // The callback for the first join is still running.
                for turn in 0..<64 { #expect(try await peer.response()["call_id"] == .string("\(turn)")) }
                #expect(handler.heard.values == ["joins room.1"])
                handler.gate.open()
                for turn in 64..<200 { #expect(try await peer.response()["call_id"] == .string("\(turn)")) }
            }
        }
        #expect(handler.heard.values.count == 301)
    }

    @Test("a peer is notified of membership changes that it did not request")
    func kicked() async throws {
        let handler = Handler()
        handler.gate.open()
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                try await client.expect(nil, from: "login")
                #expect(try await client.join("vip").count == 1)
                try await client.expect(nil, from: "kick")
                let packet = try await client.receive()
                guard case .left(let member) = packet.membership else {
                    Issue.record("\(packet)")
                    return
                }
                #expect(try await client.response(to: "__members__", "vip").error == .accessDenied)
                #expect(server.hub.connection(id: member.id) != nil)
            }
        }
    }

    @Test("a member that no longer satisfies the room's rule cannot list the members")
    func loggedOut() async throws {
        let handler = Handler()
        handler.gate.open()
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                try await client.expect(nil, from: "login")
                try await client.join("vip")
                try await client.expect(nil, from: "logout")
                try await client.expect(error: .accessDenied, from: "__members__", "vip")
                try server.hub.publish("for members", to: "vip")
                try server.hub.broadcast("for all")
                #expect(try await client.receive().data == "for all")
            }
        }
    }

    @Test("a rule's closure decides for each channel that a pattern matches")
    func admits() async throws {
        try await withServer(Handler()) { server in
            try await withClient(server.url) { client in
                let connection = try #require(server.hub.connections.first)
                connection.userID = "ann"
                try await client.subscribe(to: "user.ann")
                try await client.expect(error: .accessDenied, from: "__subscribe__", "user.bob")
                // Each message of a pattern subscription is admitted by its own channel's name.
                try await client.subscribe(to: "user.*")
                try server.hub.publish("not hers", to: "user.bob")
                try server.hub.publish("hers", to: "user.ann")
                #expect(try await client.receive().data == "hers")
                connection.userID = nil
                try server.hub.publish("no more", to: "user.ann")
                try server.hub.broadcast("last")
                #expect(try await client.receive().data == "last")
            }
        }
    }
}
