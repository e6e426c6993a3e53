import Testing
import Webshocket

@Suite("Lookalike texts", .timeLimit(.minutes(5)))
struct LookalikeTests {
    /// A handler whose clients may choose their own user ID.
    private struct Handler: WebSocketHandler {
        let access = Access.everyone
        let user: String

        func set(_ connection: Connection, name: String, value: WireValue) { connection[name] = value }
        func attributes(_ connection: Connection) -> [String: WireValue] { connection.attributes }
        func secret(_ connection: Connection) {}
        func limited(_ connection: Connection) {}
        func noteRoom(_ connection: Connection, room: String, key: String, value: WireValue) {
            connection.hub.room(room)[key] = value
        }
        func readRoom(_ connection: Connection, room: String, key: String) -> WireValue? {
            connection.hub.room(room)[key]
        }
        func show(_ connection: Connection, key: String, value: WireValue) { connection.metadata[key] = value }
        func shown(_ connection: Connection, key: String) -> WireValue? { connection.metadata[key] }

        var methods: RPCMethods {
            RPCMethod("set", set)
            RPCMethod("attributes", attributes)
            RPCMethod("secret", secret).requires(IsEqual("userID", user))
            RPCMethod("limited", limited).rateLimit(1, per: "1d", scope: .user)
            RPCMethod("noteRoom", noteRoom)
            RPCMethod("readRoom", readRoom)
            RPCMethod("show", show)
            RPCMethod("shown", shown)
        }
        var channels: ChannelRules {
            ChannelRule("user.*").admits { connection, channel in
                channel.name == "user.\(connection.userID ?? "")"
            }
            ChannelRule("room.*").announcesMembers()
        }
    }

    @Test(
        "lookalike user IDs are different users for guards, rate limits and messages", arguments: Lookalikes.all,
        [false, true])
    func users(pair: Lookalikes, isLong: Bool) async throws {
        let ending = isLong ? String(repeating: "x", count: 100) : ""
        let (one, two) = (pair.normal + ending, pair.other + ending)
        try await withServer(Handler(user: one)) { server in
            try await withClients(2, server.url) { clients in
                try await clients[0].expect(nil, from: "set", "userID", .string(one))
                try await clients[1].expect(nil, from: "set", "userID", .string(two))
                try await clients[0].expect(nil, from: "secret")
                try await clients[1].expect(error: .accessDenied, from: "secret")
                try await clients[0].expect(nil, from: "limited")
                try await clients[1].expect(nil, from: "limited")
                try await clients[1].expect(error: .rateLimited, from: "limited")
                #expect(server.hub.connections(ofUser: two).count == 1)
                #expect(try server.hub.send("private", toUser: one) == 1)
            }
        }
    }

    @Test(
        "lookalike user IDs are different users for the documented rule of a user's own channel",
        arguments: Lookalikes.all)
    func ownChannel(pair: Lookalikes) async throws {
        try await withServer(Handler(user: pair.normal)) { server in
            try await withClients(2, server.url) { clients in
                try await clients[0].expect(nil, from: "set", "userID", .string(pair.normal))
                try await clients[1].expect(nil, from: "set", "userID", .string(pair.other))
                try await clients[0].subscribe(to: "user.\(pair.normal)")
                for (client, name) in [(clients[0], pair.other), (clients[1], pair.normal)] {
                    try await client.expect(error: .accessDenied, from: "__subscribe__", .string("user.\(name)"))
                }
            }
        }
    }

    @Test("lookalike names are different attributes and metadata keys", arguments: Lookalikes.all)
    func names(pair: Lookalikes) async throws {
        try await withServer(Handler(user: "ann")) { server in
            try await withClient(server.url) { client in
                try await client.expect(nil, from: "set", .string(pair.other), true)
                let connection = try #require(server.hub.connections.first)
                #expect(connection[pair.normal] == nil && connection[pair.other] == true)
                #expect(
                    try !Is(pair.normal).condition.holds(for: connection)
                        && Is(pair.other).condition.holds(for: connection))
                #expect(try !Has(pair.normal).condition.holds(for: connection))
                try await client.expect(nil, from: "set", .string(pair.normal), false)
                #expect(connection[pair.normal] == false && connection[pair.other] == true)
                _ = try await client.join("room.tea")
                try await client.expect(nil, from: "noteRoom", "room.tea", .string(pair.other), 1)
                try await client.expect(nil, from: "readRoom", "room.tea", .string(pair.normal))
                try await client.expect(1, from: "readRoom", "room.tea", .string(pair.other))
                try await client.expect(nil, from: "show", .string(pair.other), 1)
                try await client.expect(nil, from: "shown", .string(pair.normal))
                try await client.expect(1, from: "shown", .string(pair.other))
            }
        }
    }

    @Test("lookalike names are different rooms, and leaving all rooms leaves both", arguments: Lookalikes.all)
    func rooms(pair: Lookalikes) async throws {
        try await withServer(Handler(user: "ann")) { server in
            try await withClient(server.url) { client in
                for name in [pair.normal, pair.other] { _ = try await client.join("room.\(name)") }
                #expect(server.hub.statistics.rooms == 2)
                try await client.expect(true, from: "__leave__")
                #expect(server.hub.statistics.rooms == 0)
            }
        }
    }

    @Test("lookalike strings are different, ordered values, even if nested", arguments: Lookalikes.all)
    func values(pair: Lookalikes) throws {
        let (one, two) = (WireValue.string(pair.normal), WireValue.string(pair.other))
        let nested: [(WireValue, WireValue)] = [
            (one, two), ([1, one], [1, two]), (["a": one], ["a": two]), (.map([pair.normal: 1]), .map([pair.other: 1])),
            ([["a": [one]]], [["a": [two]]]),
        ]
        for (one, two) in nested {
            #expect(one != two && one == one)
            #expect(Set([one, two]).count == 2)
            #expect(!IsEqual("x", one).holds(["x": two]) && IsEqual("x", one).holds(["x": one]))
        }
        #expect(IsLess("x", one).holds(["x": two]) != IsGreater("x", one).holds(["x": two]))
        #expect(IsAtMost("x", one).holds(["x": two]) != IsAtLeast("x", one).holds(["x": two]))
        #expect(WireValue.map([pair.other: 1])[pair.normal] == nil)
    }

    @Test(
        "lookalike names are different channels for the policy that keeps only the latest message",
        arguments: Lookalikes.all)
    func latest(pair: Lookalikes) {
        var queue = OutboundQueue(capacity: 1_000)
        for name in [pair.normal, pair.other] {
            let message = SharedMessage(.text) { buffer in buffer.append(contentsOf: name.utf8) }
            let taken = queue.append(message, channel: name, .latest)
            #expect(taken == .queued(replaced: false, dropped: 0))
        }
        #expect(queue.count == 2)
    }

    @Test("a decoder does not read a lookalike key for another", arguments: Lookalikes.equivalent)
    func keys(pair: Lookalikes) async throws {
        // With this many keys, the decoder uses a lookup table.
        var fields = Dictionary(uniqueKeysWithValues: (0..<20).map { ("\($0)", WireValue.int($0)) })
        fields[pair.other] = 1
        let bytes = try Array(WireValue.map(fields).json().utf8)
        try bytes.withUnsafeBytes { bytes in
            try PacketParser().read(bytes, as: .json) { root in
                let container = try TapeDecoder(cursor: root, codingPath: []).container(keyedBy: AnyKey.self)
                #expect(!container.contains(AnyKey(stringValue: pair.normal)))
                #expect(container.contains(AnyKey(stringValue: pair.other)))
            }
        }
    }

    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
