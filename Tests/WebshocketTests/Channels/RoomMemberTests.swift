import EventLoops
import Testing
import Webshocket

@Suite("Rooms that announce their members", .timeLimit(.minutes(5)))
struct RoomMemberTests {
    private var handler: ChannelHandler {
        ChannelHandler {
            ChannelRule("lobby").announcesMembers()
            ChannelRule("quiet")
        }
    }

    @Test(
        "other members are notified of joins and leaves, but not the member itself",
        arguments: PacketCodec.codecs)
    func announcements(codec: PacketCodec) async throws {
        try await withServer(handler) { server in
            try await withClients(3, server.url, codec) { clients in
                var all: [Connection] = []
                for client in clients { all.append(try await client.connection(on: server.hub)) }
                all[0].userID = "ann"
                all[1].metadata["mood"] = "good"
                all[1].metadata["age"] = 7
                let ann = RoomMember(id: all[0].id, user: "ann")
                let bob = RoomMember(id: all[1].id, metadata: ["mood": "good", "age": 7])
                #expect(try await clients[0].join("lobby") == [ann])
                #expect(try await clients[1].join("lobby") == [ann, bob])
                #expect(try await clients[1].join("lobby") == [ann, bob])
                // If the server has subscribed a connection to the room's channel, it receives the events too.
                try all[2].subscribe(to: "lobby", "*")
                await all[2].loop.run {}
                all[1].metadata["mood"] = nil
                try await clients[1].leave("lobby")
                #expect(try await clients[1].join("lobby").count == 2)
                await clients[0].close()
                let bobNow = RoomMember(id: all[1].id, metadata: ["age": 7])
                let witness = [
                    try await clients[2].receive(), try await clients[2].receive(), try await clients[2].receive(),
                ]
                #expect(witness.map(\.membership) == [.left(bobNow), .joined(bobNow), .left(ann)])
                #expect(witness.map(\.event) == ["__leave__", "__join__", "__leave__"])
                #expect(witness.allSatisfy { $0.channel == "lobby" && $0.source == .channel })
                let left = try await clients[1].receive()
                #expect(left.membership == .left(ann))
                #expect(left.data?["user"] == "ann" && left.data?["id"]?.asInt == Int(all[0].id))
                try server.hub.end()
                #expect(try await clients[1].packetsUpToEnd() == [])
            }
        }
    }

    @Test("only members can list the members and receive the events", arguments: PacketCodec.codecs)
    func members(codec: PacketCodec) async throws {
        try await withServer(handler) { server in
            try await withClients(2, server.url, codec) { clients in
                #expect(try await clients[0].join("lobby").count == 1)
                #expect(try await clients[0].members(of: "lobby").count == 1)
                // Peers cannot subscribe to the room without joining it.
                for names in [["lobby"], ["*"], ["**"]] {
                    await #expect(throws: RPCError.self) { try await clients[1].subscribe(to: names) }
                }
                for (client, room) in [(clients[1], "lobby"), (clients[0], "other"), (clients[0], "quiet")] {
                    let error = await #expect(throws: RPCError.self) { try await client.members(of: room) }
                    #expect(error?.code == .accessDenied)
                }
                #expect(try await clients[0].join("quiet") == [])
                #expect(try await clients[1].join("quiet") == [])
                await #expect(throws: RPCError.self) { try await clients[0].members(of: "quiet") }
                #expect(try await clients[1].join("lobby").count == 2)
                #expect(try await clients[0].receive().event == "__join__")
                #expect(try await clients[0].members(of: "lobby").count == 2)
                try await clients[0].leave("lobby", "quiet", "other")
                await #expect(throws: RPCError.self) { try await clients[0].members(of: "lobby") }
                // The room without announcements has published no events.
                try server.hub.end()
                #expect(try await clients[0].packetsUpToEnd() == [])
                #expect(try await clients[1].packetsUpToEnd().map(\.channel) == ["lobby"])
            }
        }
    }

    @Test("a peer joins if the rule admits it, and the server's code can remove it")
    func byTheServer() async throws {
        try await withServer(handler) { server in
            try await withClients(2, server.url) { clients in
                let connection = try await clients[0].connection(on: server.hub)
                try await clients[1].join("lobby")
                for _ in 0..<50 {
                    #expect(try connection.join("lobby"))
                    #expect(connection.leave("lobby"))
                }
                try connection.join("lobby")
                // The members are notified by the connection's loop. This call ensures that it has run.
                try await clients[0].expect(error: nil, from: "nothing")
                try server.hub.end()
                var isThere = false
                for packet in try await clients[1].packetsUpToEnd() {
                    switch packet.membership {
                    case .joined(let member):
                        #expect(!isThere && member.id == connection.id)
                        isThere = true
                    case .left(let member):
                        #expect(isThere && member.id == connection.id)
                        isThere = false
                    case nil: Issue.record("\(packet)")
                    }
                }
                #expect(isThere)
            }
        }
    }

    @Test("every join event is followed by a leave event, despite concurrent changes while connections end")
    func pairs() async throws {
        let handler = handler
        try await withServer(handler) { server in
            try await withClient(server.url) { witness in
                try await witness.join("lobby")
                for round in 0..<100 {
                    try await withClient(server.url) { client in
                        let connection = try await client.connection(on: server.hub)
                        connection.userID = "c\(round)"
                        await withTaskGroup { group in
                            for worker in 0..<2 {
                                group.addTask {
                                    for number in 0..<20 {
                                        if (number + worker) % 2 == 0 {
                                            _ = try? connection.join("lobby")
                                        } else {
                                            connection.leave("lobby")
                                        }
                                    }
                                }
                            }
                            group.addTask { await client.close() }
                        }
                    }
                }
                try await until { server.hub.connectionCount <= 1 }
                await handler.history.wait { $0.count { $0.hasSuffix("gone") } >= 100 }
                try server.hub.end()
                var present: Set<UInt64> = []
                for packet in try await witness.packetsUpToEnd() {
                    switch packet.membership {
                    case .joined(let member): #expect(present.insert(member.id).inserted)
                    case .left(let member): #expect(present.remove(member.id) != nil)
                    case nil: Issue.record("\(packet)")
                    }
                }
                #expect(present.isEmpty)
                for round in 0..<100 {
                    let own = handler.history.values.filter { $0.hasPrefix("c\(round) ") }
                    #expect(own.last?.hasSuffix("gone") == true)
                    let turns = own.dropLast().map { $0.contains(" joined ") }
                    #expect(turns == turns.indices.map { $0 % 2 == 0 } && turns.count % 2 == 0)
                }
            }
        }
    }
}
