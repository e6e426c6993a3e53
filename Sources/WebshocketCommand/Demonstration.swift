import Webshocket

/// The methods that `webshocket serve` provides for trying out, measuring and testing.
struct Demonstration: WebSocketHandler {
    let access = Access.everyone

    func add(_ connection: Connection, a: Int, b: Int) throws -> Int {
        let (sum, isTooLarge) = a.addingReportingOverflow(b)
        guard !isTooLarge else { throw RPCError("the sum does not fit in 64 bits") }
        return sum
    }

    func echo(_ connection: Connection, text: WireValue) -> WireValue {
        text
    }

    func nothing(_ connection: Connection) {}

    func named(_ connection: Connection, a: WireValue, b: WireValue) -> [String: WireValue] {
        ["a": a, "b": b]
    }

    func fails(_ connection: Connection) throws {
        throw RPCError("no such user")
    }

    func breaks(_ connection: Connection) throws {
        struct InternalDetail: Error {}
        throw InternalDetail()
    }

    func types(_ connection: Connection) -> [WireValue] {
        [nil, true, -1, .int(1 << 40), 1.5, "é", .bytes([0x00, 0xFF]), ["k": [1]]]
    }

    func textTypes(_ connection: Connection) -> [WireValue] {
        types(connection).filter { $0 != .bytes([0x00, 0xFF]) }
    }

    /// Returns after a delay.
    /// - Parameter milliseconds: 0 to 60,000.
    func sleep(_ connection: Connection, milliseconds: Int) async throws {
        guard (0...60_000).contains(milliseconds) else { throw RPCError("ms must be 0 to 60000 (got \(milliseconds))") }
        try await connection.clock.sleep(for: .milliseconds(milliseconds))
    }

    /// Makes the peer an administrator, which `secret` requires, and subscribes it to the channel `news`.
    func login(_ connection: Connection) throws -> Bool {
        connection.is_admin = true
        try connection.subscribe(to: "news")
        return true
    }

    func secret(_ connection: Connection) -> String { "Sensitive Data" }

    /// Returns the address of the peer, and of its proxy if there is one.
    func whoami(_ connection: Connection) -> [String: WireValue] {
        ["address": .string(connection.remoteAddress), "proxy": connection.proxyAddress.map { .string($0) } ?? .null]
    }

    func ok(_ connection: Connection) -> String { "ok" }

    /// Streams the numbers from 0 up to, but not including, `n`.
    func count(_ connection: Connection, n: Int) throws -> Numbers {
        guard n >= 0 else { throw RPCError("count takes 0 or more") }
        return Numbers(limit: n)
    }

    /// Subscribes the peer to a channel or a pattern.
    func join(_ connection: Connection, room: String) throws -> Bool {
        try connection.subscribe(to: room)
        return true
    }

    /// Publishes a text to the subscribers of a channel, except the peer itself.
    func say(_ connection: Connection, room: String, text: String) throws -> Bool {
        try connection.publish(text, to: room, excluding: connection)
        return true
    }

    /// Publishes a text to the channel `news`, and then broadcasts to all connections.
    func tell(_ connection: Connection, text: String) throws -> Bool {
        try connection.publish(text, to: "news")
        try connection.broadcast("to all")
        return true
    }

    /// Ends the peer's subscription to a channel or a pattern.
    func part(_ connection: Connection, room: String) -> Bool {
        connection.unsubscribe(from: room)
        return true
    }

    /// Makes the peer a member of a team.
    func enlist(_ connection: Connection, team: String) -> Bool {
        connection.team = team
        return true
    }

    /// Publishes a text to the subscribers of a channel that are members of a team.
    func tellTeam(_ connection: Connection, room: String, team: String, text: String) throws -> Bool {
        try connection.publish(text, to: room, where: IsEqual("team", team))
        return true
    }

    /// Broadcasts a text to all members of any team, except the peer itself.
    func tellOthers(_ connection: Connection, text: String) throws -> Bool {
        try connection.broadcast(text, where: Has("team"), excluding: connection)
        return true
    }

    /// Returns statistics of the messages for slow consumers.
    func slowConsumers(_ connection: Connection) -> [String: Int] {
        let statistics = connection.hub.statistics.slowConsumers
        return [
            "dropped_messages": statistics.droppedMessages, "replaced_messages": statistics.replacedMessages,
            "disconnections": statistics.disconnections, "peak_queued_bytes": statistics.peakQueuedBytes,
        ]
    }

    nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws {
        try connection.send(["you_said": packet.data ?? .null])
    }

    var methods: RPCMethods {
        RPCMethod("add", add, parameters: "a", "b")
        RPCMethod("echo", echo, parameters: "text")
        RPCMethod("renamed", nothing)
        RPCMethod("named", named, parameters: "a", Parameter("b", default: 2))
        RPCMethod("fails", fails)
        RPCMethod("breaks", breaks)
        RPCMethod("types", types)
        RPCMethod("types_text", textTypes)
        RPCMethod("sleep", sleep, parameters: "ms")
        RPCMethod("login", login)
        RPCMethod("whoami", whoami)
        RPCMethod("secret", secret).requires(Is("is_admin"))
        RPCMethod("limited", ok).rateLimit(1, per: "1m")
        RPCMethod("limited_hard", ok).rateLimit(1, per: "1m", onExceeded: .disconnect)
        RPCMethod("limited_add", add).rateLimit(1_000_000_000, per: "1m")
        RPCMethod("count", count, parameters: "n")
        RPCMethod("join", join, parameters: "room")
        RPCMethod("say", say, parameters: "room", "text")
        RPCMethod("tell", tell, parameters: "text")
        RPCMethod("part", part, parameters: "room")
        RPCMethod("enlist", enlist, parameters: "team")
        RPCMethod("tell_team", tellTeam, parameters: "room", "team", "text")
        RPCMethod("tell_others", tellOthers, parameters: "text")
        RPCMethod("slow_consumers", slowConsumers)
        RPCMethod("secret_count", count, parameters: "n").requires(Is("is_admin"))
    }

    /// Allows peers to subscribe and publish to all channels.
    var channels: ChannelRules {
        ChannelRule("lobby").allowsPublishing().announcesMembers()
        ChannelRule("**").allowsPublishing()
    }
}

/// The numbers from 0 up to, but not including, a limit. Each is produced on demand.
struct Numbers: AsyncSequence, AsyncIteratorProtocol, Sendable {
    let limit: Int
    private var number = 0

    init(limit: Int) {
        self.limit = limit
    }

    func makeAsyncIterator() -> Numbers { self }

    mutating func next() async -> Int? {
        guard number < limit else { return nil }
        defer { number += 1 }
        return number
    }
}
