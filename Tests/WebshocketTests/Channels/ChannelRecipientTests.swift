import Testing
import Webshocket

@Suite("Recipients of a publication", .timeLimit(.minutes(5)))
struct ChannelRecipientTests {
    private struct Failure: Error {}

    private static let names = ["ann", "bob", "cid"]

    /// Three clients with these attributes, all subscribed to `all`.
    private func withThree(
        _ codec: PacketCodec, _ configuration: ServerConfiguration = .quiet,
        _ body: (Hub, [WebSocketClient], [Connection]) async throws -> Void
    ) async throws {
        try await withServer(ChannelHandler(), configuration) { server in
            try await withClients(3, server.url, codec) { clients in
                var connections: [Connection] = []
                for client in clients {
                    connections.append(try await client.connection(on: server.hub))
                    try await client.listen("all")
                }
                connections[0].userID = "ann"
                connections[0]["team"] = "red"
                connections[0]["level"] = 3
                connections[0]["isAdmin"] = true
                connections[1].userID = "bob"
                connections[1]["team"] = "blue"
                connections[1]["level"] = 7
                connections[1]["isAdmin"] = false
                try await body(server.hub, clients, connections)
            }
        }
    }

    private static let predicates: [(any SessionPredicate, [String])] = [
        (Has("userID"), ["ann", "bob"]),
        (Is("isAdmin"), ["ann"]),
        (IsEqual("team", "red"), ["ann"]),
        (IsLess("level", 7), ["ann"]),
        (IsGreater("level", 3), ["bob"]),
        (IsAtLeast("level", 3), ["ann", "bob"]),
        (IsAtMost("level", 6.5), ["ann"]),
        (AnyOf(Is("isAdmin"), IsEqual("team", "blue")), ["ann", "bob"]),
        (AllOf(Has("team"), Has("level")), ["ann", "bob"]),
        (AllOf(), ["ann", "bob", "cid"]),
        (AnyOf(), []),
        (Not(Is("isAdmin")), ["bob", "cid"]),
        (!Has("userID"), ["cid"]),
        (Has("team") && !Is("isAdmin"), ["bob"]),
        (Is("isAdmin") || !Has("team"), ["ann", "cid"]),
        (Check("is known") { $0.userID != nil }, ["ann", "bob"]),
        (Check("is new") { $0.userID == nil } || IsEqual("userID", "bob"), ["bob", "cid"]),
    ]

    @Test(
        "a publication is delivered to connections that satisfy its predicate",
        arguments: PacketCodec.codecs)
    func predicates(codec: PacketCodec) async throws {
        try await withThree(codec) { hub, clients, connections in
            for (number, (predicate, _)) in Self.predicates.enumerated() {
                try hub.publish(number, to: "all", where: predicate)
                try hub.broadcast(number, where: predicate)
                try hub.channel("all").publish(number, where: predicate)
                try connections[2].publish(number, to: "all", where: predicate)
                try connections[2].broadcast(number, where: predicate)
            }
            try hub.end()
            for (name, client) in zip(Self.names, clients) {
                let expected = Self.predicates.enumerated().filter { $0.element.1.contains(name) }.flatMap {
                    Array(repeating: WireValue.int(Int64($0.offset)), count: 5)
                }
                #expect(try await client.dataUpToEnd() == expected)
            }
        }
    }

    @Test(
        "excluded connections receive nothing, with or without a predicate",
        arguments: PacketCodec.codecs)
    func exclusion(codec: PacketCodec) async throws {
        try await withThree(codec) { hub, clients, all in
            try hub.publish(1, to: "all", excluding: all[0])
            try hub.publish(2, to: "all", excluding: all[2], all[0], all[2])
            try hub.publish(3, to: ["all", "none"], where: Has("team"), excluding: [all[1]])
            try hub.broadcast(4, excluding: all[1])
            try hub.broadcast(5, event: "five", where: Not(Is("isAdmin")), excluding: [all[2]])
            try hub.broadcast(6, excluding: all)
            try all[0].broadcast(7, excluding: all[0])
            try all[0].publish(8, to: "none", "all", where: IsEqual("team", "blue"), excluding: all[0])
            try hub.end()
            #expect(try await clients[0].dataUpToEnd() == [3, 4])
            let bobs = try await clients[1].packetsUpToEnd()
            #expect(bobs.map(\.data) == [1, 2, 5, 7, 8])
            #expect(bobs[2] == Packet(source: .broadcast, data: 5, event: "five"))
            #expect(try await clients[2].dataUpToEnd() == [1, 4, 7])
        }
    }

    @Test("a connection for which the predicate throws receives nothing, and the failure is logged")
    func failure() async throws {
        let lines = Collected<String>()
        var configuration = ServerConfiguration.quiet
        configuration.log = LogSink { level, line in lines.append("\(level.rawValue) \(line)") }
        try await withThree(.messagePack, configuration) { hub, clients, _ in
            let check = Check("is fine") { connection in
                if connection.userID == "bob" { throw Failure() }
                return true
            }
            try hub.publish(1, to: "all", where: check)
            try hub.broadcast(2, where: !check)
            try hub.broadcast(3, where: IsEqual("team", "red") || check)
            try hub.end()
            #expect(try await clients[0].dataUpToEnd() == [1, 3])
            #expect(try await clients[1].dataUpToEnd() == [])
            #expect(try await clients[2].dataUpToEnd() == [1, 3])
        }
        // At most one line per second, regardless of the number of evaluations.
        #expect(!lines.values.isEmpty)
        #expect(lines.values.allSatisfy { $0.hasPrefix("error the predicate ") && $0.contains("is fine") })
        #expect(lines.values.allSatisfy { $0.hasSuffix(" failed: Failure()") })
    }

    @Test("a predicate may subscribe and unsubscribe connections during the delivery")
    func meddling() async throws {
        try await withThree(.messagePack) { hub, clients, connections in
            let meddling = Check("meddles") { connection in
                connection.unsubscribe(from: "all")
                try connection.subscribe(to: "more", "m.*")
                try connection.join("more")
                return true
            }
            try hub.publish("outside", to: "all", where: meddling)
            try hub.publish("late", to: "all", "more")
            try hub.end()
            for (client, connection) in zip(clients, connections) {
                let heard = try await client.dataUpToEnd()
                #expect(heard == ["late"])
                #expect(connection.subscriptions == ["more", "m.*"] && connection.rooms == ["more"])
            }
        }
    }

    @Test(
        "a broadcast is delivered to every connection of the path, with or without subscriptions",
        arguments: PacketCodec.codecs)
    func broadcast(codec: PacketCodec) async throws {
        try await withThree(codec) { hub, clients, connections in
            connections[1].unsubscribeFromAll()
            try connections[0].broadcast(["n": 1], event: "hello")
            for client in clients {
                #expect(
                    try await client.receive() == Packet(source: .broadcast, data: ["n": 1], event: "hello"))
            }
        }
    }
}
