import EventLoops
import Testing
import Webshocket

@Suite("Features from RoadWebSocket", .timeLimit(.minutes(5)))
struct RoadWebSocketRows {
    @Test(
        "Rooms: join, leave, list members, broadcast with exclusions, events on join and leave",
        arguments: PacketCodec.codecs)
    func rooms(codec: PacketCodec) async throws {
        let handler = ChannelHandler { ChannelRule("lobby").announcesMembers() }
        try await withServer(handler) { server in
            try await withClients(2, server.url, codec) { clients in
                let (ann, bob) = (clients[0], clients[1])
                try await ann.set("userID", "ann")
                try await bob.set("userID", "bob")
                try await ann.join("lobby")
                // Wait until each event loop has processed ann's join, so that only bob's join is announced next.
                for connection in server.hub.connections { await connection.loop.run {} }
                #expect(try await bob.join("lobby").map(\.user) == ["ann", "bob"])
                let lobby = server.hub.room("lobby")
                #expect(lobby.members.map(\.userID) == ["ann", "bob"])
                try lobby.publish("to all but bob", excluding: lobby.members[1])
                guard case .joined(let coming) = try await ann.receive().membership else { throw PacketPeer.NoFrame() }
                #expect(coming.user == "bob")
                #expect(try await ann.receive().data == "to all but bob")
                try await bob.leave("lobby")
                guard case .left(let going) = try await ann.receive().membership else { throw PacketPeer.NoFrame() }
                #expect(going == coming)
                #expect(try await ann.members(of: "lobby").map(\.user) == ["ann"])
                try server.hub.end()
                #expect(try await bob.packetsUpToEnd() == [])
                #expect(
                    handler.history.values == [
                        "ann joined lobby, 1 there", "bob joined lobby, 2 there", "bob left lobby, 1 there",
                    ])
            }
        }
    }

    @Test(
        "Send to one connection, to all connections of a user (userID), to everyone",
        arguments: PacketCodec.codecs)
    func sending(codec: PacketCodec) async throws {
        try await withServer(ChannelHandler()) { server in
            try await withClients(3, server.url, codec) { clients in
                let hub = server.hub
                for client in clients.prefix(2) { try await client.set("userID", "ann") }
                try hub.send("one", toConnection: try await clients[1].connection(on: hub).id)
                try hub.send("user", toUser: "ann")
                try hub.broadcast("everyone")
                for (client, heard) in zip(
                    clients, [["user", "everyone"], ["one", "user", "everyone"], ["everyone"]] as [[WireValue]])
                {
                    for data in heard { #expect(try await client.receive().data == data) }
                }
            }
        }
    }

    @Test("Connection: id, userID, rooms, connectedAt, metadata, state (connecting, open, closing, closed)")
    func connection() async throws {
        final class Handler: WebSocketHandler {
            let access = Access.everyone
            let states = Collected<ConnectionState>()
            nonisolated(nonsending) func onConnect(_ connection: Connection) async throws {
                states.append(connection.state)
                try connection.join("lobby")
                connection.metadata["device"] = "phone"
                connection.userID = connection.query
            }
            func bye(_ connection: Connection) {
                states.append(connection.state)
                connection.close()
                states.append(connection.state)
            }
            nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {
                states.append(connection.state)
            }
            func nothing(_ connection: Connection) {}
            var methods: RPCMethods {
                RPCMethod("bye", bye)
                RPCMethod("nothing", nothing)
            }
        }
        let handler = Handler()
        try await withServer(handler) { server in
            try await withClients(2, server.url(path: "/?ann")) { clients in
                for client in clients { try await client.expect(error: nil, from: "nothing") }
                let (first, second) = (server.hub.connections[0], server.hub.connections[1])
                #expect(first.id < second.id && first.connectedAt <= second.connectedAt)
                #expect(first.userID == "ann" && first.rooms == ["lobby"])
                #expect(first.metadata["device"] == "phone" && first.metadata.all.count == 1)
                try await clients[0].notify("bye")
                await handler.states.wait { $0.last == .closed }
                #expect(handler.states.values == [.connecting, .connecting, .open, .closing, .closed])
                #expect(first.state == .closed && second.state == .open)
            }
        }
    }

    @Test("A manager of several named clients; statistics (connections, rooms, clients): the server's statistics")
    func statistics() async throws {
        try await withServer(ChannelHandler()) { server in
            try await withClients(3, server.url) { clients in
                for client in clients { try await client.expect(true, from: "enter", "lobby") }
                try await clients[0].expect(true, from: "enter", "den")
                try await clients[1].set("userID", "ann")
                let statistics = server.hub.statistics
                #expect(statistics.connections == 3 && statistics.rooms == 2 && statistics.users == 1)
                #expect(server.hub.rooms == ["lobby": 3, "den": 1] && server.hub.users == ["ann": 1])
                #expect(server.connectionCount == 3)
            }
        }
    }
}
