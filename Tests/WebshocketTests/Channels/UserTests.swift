import Testing
import Webshocket

@Suite("Users", .timeLimit(.minutes(5)))
struct UserTests {
    @Test(
        "a message to a user is delivered to all its connections, and to no others",
        arguments: PacketCodec.codecs)
    func sending(codec: PacketCodec) async throws {
        try await withServer(ChannelHandler()) { server in
            let hub = server.hub
            try await withClients(4, server.url, codec) { clients in
                for (client, name) in zip(clients, ["ann", "bob", "ann"]) {
                    try await client.set("userID", .string(name))
                }
                #expect(try hub.send("parcel", toUser: "ann") == 2)
                #expect(try hub.send(["n": 1], toUser: "bob", event: "news") == 1)
                #expect(try hub.send("?", toUser: "cid") == 0)
                #expect(try hub.send("?", toUser: "") == 0)
                try hub.end()
                for number in [0, 2] {
                    #expect(try await clients[number].packetsUpToEnd() == [Packet(source: .custom, data: "parcel")])
                }
                #expect(
                    try await clients[1].packetsUpToEnd() == [Packet(source: .custom, data: ["n": 1], event: "news")])
                #expect(try await clients[3].packetsUpToEnd() == [])
            }
        }
    }

    @Test("a user's connections are those with its ID as attribute, regardless of the code that sets it")
    func changes() async throws {
        try await withServer(ChannelHandler()) { server in
            let hub = server.hub
            try await withClients(2, server.url) { clients in
                let one = try await clients[0].connection(on: hub)
                let two = try await clients[1].connection(on: hub)
                #expect(hub.users == [:] && hub.connections(ofUser: "ann").isEmpty)
                one.userID = "ann"
                two["userID"] = "ann"
                #expect(hub.users == ["ann": 2] && hub.statistics.users == 1)
                #expect(hub.connections(ofUser: "ann").map(\.id) == [one.id, two.id])
                one[SessionKey<String>("userID")] = "bob"
                #expect(hub.users == ["ann": 1, "bob": 1])
                try two.setAttribute("userID", to: "bob")
                #expect(hub.users == ["bob": 2])
                two["userID"] = 7
                #expect(hub.users == ["bob": 1])
                two.userID = ""
                #expect(hub.users == ["bob": 1, "": 1])
                two.userID = nil
                one.removeAttributes()
                #expect(hub.users == [:])
                one.userID = "ann"
                #expect(try hub.send(1, toUser: "ann") == 1 && hub.send(2, toUser: "bob") == 0)
                try hub.end()
                #expect(try await clients[0].dataUpToEnd() == [1])
            }
            try await until { hub.connectionCount == 0 }
            #expect(hub.users == [:] && hub.connections(ofUser: "ann").isEmpty)
        }
    }

    @Test("nothing is sent to a user if the value cannot be encoded")
    func unspeakable() async throws {
        try await withServer(ChannelHandler()) { server in
            try await withClient(server.url, .json) { client in
                let connection = try await client.connection(on: server.hub)
                connection.userID = "ann"
                #expect(throws: EncodingError.self) { try server.hub.send(Double.nan, toUser: "ann") }
                #expect(throws: EncodingError.self) { try server.hub.send(Double.nan, toConnection: connection.id) }
                try server.hub.end()
                #expect(try await client.dataUpToEnd() == [])
            }
        }
    }
}

@Suite("Connections of a hub", .timeLimit(.minutes(5)))
struct ConnectionTests {
    @Test("a connection is found by its id until it ends", arguments: PacketCodec.codecs)
    func byID(codec: PacketCodec) async throws {
        try await withServer(ChannelHandler()) { server in
            let hub = server.hub
            var id: UInt64 = 0
            try await withClients(2, server.url, codec) { clients in
                let connection = try await clients[0].connection(on: hub)
                id = connection.id
                #expect(hub.connection(id: id) === connection && hub.connection(id: 0) == nil)
                #expect(try hub.send("you", toConnection: id, event: "hello"))
                #expect(try !hub.send("nobody", toConnection: .max))
                try hub.end()
                #expect(
                    try await clients[0].packetsUpToEnd() == [Packet(source: .custom, data: "you", event: "hello")])
                #expect(try await clients[1].packetsUpToEnd() == [])
            }
            try await until { hub.connectionCount == 0 }
            #expect(hub.connection(id: id) == nil)
            #expect(try !hub.send("nobody", toConnection: id))
        }
    }

    /// Records the states and attributes of its connections.
    private final class Handler: WebSocketHandler {
        let access = Access.everyone
        let seen = Collected<String>()
        let gate = Gate()

        private func note(_ moment: String, _ connection: Connection) {
            seen.append("\(moment) \(connection.state) \(connection.hub.connection(id: connection.id) != nil)")
        }

        nonisolated(nonsending) func onConnect(_ connection: Connection) async throws {
            note("onConnect", connection)
            connection.metadata["since"] = "onConnect"
            await gate.wait()
            note("connected", connection)
        }

        nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {
            note("onDisconnect", connection)
            connection.userID = "late"
            try? connection.subscribe(to: "late")
            seen.append("\(connection.hub.users) \(connection.hub.channels)")
        }

        func me(_ connection: Connection) -> UInt64 {
            note("method", connection)
            return connection.id
        }

        func bye(_ connection: Connection) async {
            note("before", connection)
            connection.close()
            note("after", connection)
        }

        var methods: RPCMethods {
            RPCMethod("me", me)
            RPCMethod("bye", bye)
        }
    }

    @Test("a connection is in the hub from before onConnect until its end, and reports its states")
    func states() async throws {
        let handler = Handler()
        let before = Timestamp(seconds: 1_700_000_000, nanoseconds: 0)
        try await withServer(handler) { server in
            let client = WebSocketClient(server.url)
            // The hello is answered when the handler has returned from `onConnect`.
            let connecting = Task { try await client.connect() }
            try await until { !server.hub.connections.isEmpty }
            let connection = try #require(server.hub.connections.first)
            #expect(
                connection.state == .connecting && connection.connectedAt.timeIntervalSince1970 > Double(before.seconds)
            )
            // Direct messages reach it already, but broadcasts do not: its handler may still reject it.
            try server.hub.broadcast("secret")
            try server.hub.send("early", toConnection: connection.id)
            #expect(try await client.receive().data == "early")
            handler.gate.open()
            try await connecting.value
            #expect(try await client.sendRPC("me") as UInt64 == connection.id)
            try server.hub.broadcast("everyone")
            #expect(try await client.receive().data == "everyone")
            #expect(connection.state == .open && connection.metadata.all == ["since": "onConnect"])
            await #expect(throws: ClientError.self) { try await client.sendRPC("bye") }
            await handler.seen.wait(count: 7)
            #expect(connection.state == .closed)
            await client.close()
            #expect(
                handler.seen.values == [
                    "onConnect connecting true", "connected connecting true", "method open true",
                    "before open true", "after closing true", "onDisconnect closed false", "[:] [:]",
                ])
        }
    }
}
