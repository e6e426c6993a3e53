import Testing
import Webshocket

@Suite("Hubs", .timeLimit(.minutes(5)))
struct HubTests {
    @Test("each path has its own hub, and its names are independent of other paths")
    func paths() async throws {
        let server = WebSocketServer(port: 0, configuration: .quiet) {
            WebSocketRoute("/one", ChannelHandler())
            WebSocketRoute("/two", ChannelHandler())
        }
        try await withServer(server) { server in
            let one = try #require(server.hub(at: "/one"))
            let two = try #require(server.hub(at: "/two"))
            #expect(one.path == "/one" && one !== two && server.hub(at: "/three") == nil && server.hub(at: "") == nil)
            try await withClient(server.url(path: "/one")) { first in
                try await withClient(server.url(path: "/two?x=1")) { second in
                    for client in [first, second] {
                        try await client.listen("news")
                        try await client.expect(true, from: "enter", "lobby")
                        try await client.set("userID", "ann")
                    }
                    try one.publish(1, to: "news", "lobby")
                    try one.broadcast(2)
                    #expect(try one.send(3, toUser: "ann") == 1)
                    let other = try await second.connection(on: two)
                    #expect(one.connection(id: other.id) == nil && other.hub === two)
                    #expect(try !one.send(4, toConnection: other.id))
                    try one.publish(5, to: "news", excluding: other)
                    try one.end()
                    try two.end()
                    #expect(try await first.dataUpToEnd() == [1, 2, 3, 5])
                    #expect(try await second.dataUpToEnd() == [])
                    for hub in [one, two] {
                        #expect(hub.channels == ["news": 1] && hub.rooms == ["lobby": 1] && hub.users == ["ann": 1])
                    }
                }
            }
        }
    }

    @Test("the server's hub is that of its root path, or of its first route")
    func ofServer() {
        let root = WebSocketServer(port: 0) {
            WebSocketRoute("/", ChannelHandler()); WebSocketRoute("/x", ChannelHandler())
        }
        #expect(root.hub === root.hub(at: "/"))
        let only = WebSocketServer(port: 0) { WebSocketRoute("/x", ChannelHandler()) }
        #expect(only.hub === only.hub(at: "/x"))
        let two = WebSocketServer(port: 0) {
            WebSocketRoute("/x", ChannelHandler()); WebSocketRoute("/y", ChannelHandler())
        }
        #expect(two.hub === two.hub(at: "/x") && two.hub !== two.hub(at: "/y"))
        #expect(WebSocketServer(port: 0).hub.path == "/")
    }

    @Test("a hub of a path for raw messages sends values without channel and event")
    func raw() async throws {
        let server = WebSocketServer(port: 0, configuration: .quiet) {
            WebSocketRoute("/raw", access: .everyone, receiving: String.self) { connection, text in
                if text.hasPrefix("join ") { try connection.join(String(text.dropFirst(5))) }
                try connection.publish("heard \(text)", to: "room", event: "no event travels", excluding: connection)
                try connection.send("done")
            } onConnect: { connection in
                try connection.subscribe(to: "news")
                connection.userID = connection.query
            }
        }
        try await withServer(server) { server in
            try await withRawClient(server.url(path: "/raw?ann")) { ann in
                try await withRawClient(server.url(path: "/raw?bob")) { bob in
                    for client in [ann, bob] {
                        try await client.send(.text("join room"))
                        while try await client.receive() != .text("done") {}
                    }
                    let hub = server.hub
                    try hub.publish("text", to: "news", event: "unseen")
                    try hub.publish([1, 2] as [UInt8], to: "room")
                    try hub.broadcast(["a": 1])
                    try hub.send(7, toUser: "bob")
                    try hub.send("you", toConnection: try #require(hub.connections(ofUser: "ann").first).id)
                    try hub.broadcast("bye", where: Has("userID"))
                    let shared: [WebSocketMessage] = [.text("text"), .binary([1, 2]), .text(#"{"a":1}"#)]
                    for message in [.text("heard join room")] + shared + [.text("you"), .text("bye")] {
                        #expect(try await ann.receive() == message)
                    }
                    for message in shared + [.text("7"), .text("bye")] {
                        #expect(try await bob.receive() == message)
                    }
                }
            }
        }
    }

    @Test("connections that are accepted manually can subscribe")
    func accepted() async throws {
        try await withServer(WebSocketServer(port: 0, configuration: .quiet)) { server in
            try await withClient(server.url, .json) { client in
                let connection = try await server.accept()
                #expect(connection.state != .closed && connection.hub === server.hub)
                try connection.subscribe(to: "news")
                try server.hub.publish(1, to: "news")
                #expect(try await client.receive() == Packet(source: .channel, data: 1, channel: "news"))
            }
        }
    }

    @Test("queries are consistent during concurrent changes, and correct at the end")
    func hammered() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.loops = 3
        configuration.slowConsumers = .dropOldest
        try await withServer(ChannelHandler(), configuration) { server in
            let hub = server.hub
            try await withThrowingTaskGroup { group in
                for _ in 0..<3 {
                    group.addTask {
                        while !Task.isCancelled {
                            let connections = hub.connections
                            #expect(connections.map(\.id) == connections.map(\.id).sorted())
                            #expect(hub.users.values.allSatisfy { $0 > 0 } && hub.channels.values.allSatisfy { $0 > 0 })
                            #expect(hub.rooms.values.allSatisfy { $0 > 0 } && hub.statistics.connections <= 8)
                            for connection in hub.room("lobby").members {
                                _ = connection.state
                                _ = connection.rooms
                            }
                            hub.room("lobby")["topic"] = .int(Int64(connections.count))
                            try hub.publish("x", to: "news", "lobby", where: Has("userID"))
                            try hub.send("y", toUser: "u1")
                            await Task.yield()
                        }
                    }
                }
                try await withThrowingTaskGroup { clients in
                    for worker in 0..<4 {
                        clients.addTask {
                            for round in 0..<15 {
                                var configuration = ClientConfiguration()
                                configuration.codec = round % 2 == 0 ? .json : .messagePack
                                // The inbox must be large: a slow machine may not read for a while.
                                configuration.inboxSize = 1_000_000
                                let client = WebSocketClient(once: server.url, configuration: configuration)
                                try await client.connect()
                                try await client.set("userID", .string("u\(worker % 2)"))
                                try await client.listen("news", "*")
                                try await client.expect(true, from: "enter", "lobby")
                                if round % 3 == 0 { try await client.expect(.null, from: "exitAll") }
                                if round % 3 == 1 { try await client.set("userID", .null) }
                                await client.close()
                            }
                        }
                    }
                    try await clients.waitForAll()
                }
                group.cancelAll()
                try await group.waitForAll()
            }
            try await until { hub.connectionCount == 0 }
            #expect(hub.connections.isEmpty && hub.users.isEmpty && hub.channels.isEmpty && hub.rooms.isEmpty)
            let statistics = hub.statistics
            #expect(statistics.connections + statistics.users + statistics.channels + statistics.rooms == 0)
            #expect(hub.room("lobby").metadata.isEmpty)
        }
    }
}
