import EventLoops
import Testing
import Webshocket

@Suite("Groups of clients", .timeLimit(.minutes(5)))
struct ClientGroupTests {
    /// Returns the name of its path, and echoes.
    final class Place: WebSocketHandler {
        let access = Access.everyone
        let name: String
        init(_ name: String) { self.name = name }

        func onConnect(_ connection: Connection) async throws { try connection.send("welcome to \(name)") }
        func onReceive(_ connection: Connection, packet: Packet) async throws { try connection.reply(name, to: packet) }
        func place(_ connection: Connection) -> String { name }
        var methods: RPCMethods { RPCMethod("place", place) }
    }

    private func withPlaces(_ body: (WebSocketServer) async throws -> Void) async throws {
        try await withServer(routes: {
            WebSocketRoute("/a", Place("a")); WebSocketRoute("/b", Place("b"))
        }) { try await body($0) }
    }

    @Test("create a client at the first use of a path, and merge the packets with their paths")
    func group() async throws {
        try await withPlaces { server in
            let group = ClientGroup(server.url)
            #expect(group.paths.isEmpty)
            let b: String = try await group.client(at: "/b").sendRPC("place")
            let a: String = try await group.client(at: "/a").sendRPC("place")
            #expect([a, b] == ["a", "b"] && group.client(at: "/a") === group.client(at: "/a"))
            #expect(group.paths.sorted() == ["/a", "/b"])
            var packets = group.packets.makeAsyncIterator()
            var seen: Set<String> = []
            for _ in 0..<2 {
                let tagged = try #require(await packets.next())
                seen.insert("\(tagged.path) \(tagged.packet.data?.asString ?? "")")
            }
            #expect(seen == ["/a welcome to a", "/b welcome to b"])
            try await group.client(at: "/a").send("hello")
            let reply = await packets.next()
            #expect(reply?.path == "/a" && reply?.packet.data == "a")
            await group.close()
            #expect(await packets.next() == nil)
            let late = await #expect(throws: ClientError.self) {
                let _: String = try await group.client(at: "/a").sendRPC("place")
            }
            #expect(late?.code == .notConnected)
        }
    }

    @Test("send waiting calls when the server becomes available")
    func waiting() async throws {
        try await withSocketFolder { folder in
            let server = WebSocketServer(unixSocket: "\(folder)/socket", configuration: .plain) {
                WebSocketRoute("/a", Place("a"))
            }
            let group = ClientGroup(server.url) { _ in
                var configuration = ClientConfiguration()
                configuration.reconnect = .exponential(base: .milliseconds(10), cap: .milliseconds(50))
                return configuration
            }
            let calling = Task { () throws -> String in try await group.client(at: "/a").sendRPC("place") }
            try await until { !group.paths.isEmpty }
            try await until { group.client(at: "/a").statistics.attempts >= 2 }
            try await server.start()
            #expect(try await calling.value == "a")
            await group.close()
            await server.stop()
        }
    }

    @Test("slow the server down if their packets are not consumed, and lose none")
    func backPressure() async throws {
        try await withServer(routes: { WebSocketRoute("/a", access: .everyone) { $0.send($1) } }) { server in
            let group = ClientGroup(server.url) { _ in
                var configuration = ClientConfiguration.raw
                configuration.inboxSize = 100
                return configuration
            }
            let client = group.client(at: "/a")
            let sending = Task { for number in 0..<1_500 { try await client.send(.text("\(number)")) } }
            try await sending.value
            var packets = group.packets.makeAsyncIterator()
            for number in 0..<1_500 { #expect(await packets.next()?.packet.data == .string("\(number)")) }
            await group.close()
        }
    }

    @Test("close their clients when they are released")
    func released() async throws {
        try await withPlaces { server in
            var group: ClientGroup? = ClientGroup(server.url)
            let place: String? = try await group?.client(at: "/a").sendRPC("place")
            #expect(place == "a")
            group = nil
            try await until { server.connectionCount == 0 }
        }
    }

    @Test(
        "end their packet sequence when they are released, even with packets that were not consumed",
        arguments: [1, 200])
    func letGo(messages: Int) async throws {
        try await withServer(routes: { WebSocketRoute("/a", access: .everyone) { $0.send($1) } }) { server in
            var group: ClientGroup? = ClientGroup(server.url) { _ in .raw }
            for number in 0..<messages { try await group?.client(at: "/a").send(.text("\(number)")) }
            let packets = group?.packets
            group = nil
            try await until { server.connectionCount == 0 }
            var taken = 0
            for await _ in try #require(packets) { taken += 1 }
            #expect(taken <= messages)
        }
    }

    @Test("connect, send through and close named clients together")
    func named() async throws {
        try await withPlaces { server in
            let clients = NamedClients()
            try clients.add("one", server.url(path: "/a"))
            try clients.add("two", server.url(path: "/b"))
            let taken = #expect(throws: ClientError.self) { try clients.add("one", server.url(path: "/b")) }
            #expect(taken?.code == .invalidConfiguration)
            #expect(clients.names == ["one", "two"] && clients.connectedCount == 0)
            try await clients.connect()
            #expect(clients.connectedCount == 2)
            let failed = await clients.sendToAll("hello")
            #expect(failed.isEmpty)
            for name in ["one", "two"] {
                let client = try #require(clients[name])
                _ = try await client.receive()
                #expect(try await client.receive().data == (name == "one" ? "a" : "b"))
                // The hello and its response are counted.
                #expect(clients.statistics[name]?.messagesSent == 2)
                #expect(clients.statistics[name]?.messagesReceived == 3)
            }
            await clients.remove("one")
            #expect(clients.names == ["two"] && clients["one"] == nil)
            await clients.close()
            #expect(clients.connectedCount == 0)
            let errors = await clients.sendToAll("hello")
            #expect(Array(errors.keys) == ["two"])
        }
    }
}
