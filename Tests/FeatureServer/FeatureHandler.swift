import EventLoops
import Webshocket

/// A handler that uses every handler feature, for tests by its clients. It records the events of its connections.
final class FeatureHandler: WebSocketHandler {
    let access = Access.everyone

    /// State that is kept after a connection has closed.
    struct Memory {
        var history: [String] = []
        var connections: [UInt64: Connection] = [:]
        var states: [UInt64: [ConnectionState]] = [:]
        /// The number of executions of `typed`.
        var runs = 0
        /// The number of streams that their clients aborted.
        var abortedStreams = 0
    }

    let memory = Locked(Memory())

    func nothing(_ connection: Connection) {}

    func note(_ line: String) { memory.withLock { $0.history.append(line) } }

    func noteState(of connection: Connection) {
        let state = connection.state
        memory.withLock { $0.states[connection.id, default: []].append(state) }
    }

    // MARK: - Lifecycle

    func onConnect(_ connection: Connection) async throws {
        if connection.query == "unwelcome" { throw ConnectionClosure(.policyViolation, reason: "Not you") }
        noteState(of: connection)
        memory.withLock { $0.connections[connection.id] = connection }
        note("connected \(connection.query ?? "")")
    }

    func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {
        noteState(of: connection)
        note("disconnected \(connection.query ?? "") \(closure)")
    }

    func onReceive(_ connection: Connection, packet: Packet) async throws {
        try connection.send(["received": packet.data ?? .null])
    }

    func onJoin(_ connection: Connection, room: Room) async {
        note("\(connection.userID ?? "?") joined \(room.name), \(room.memberCount) there")
    }

    func onLeave(_ connection: Connection, room: Room) async {
        note("\(connection.userID ?? "?") left \(room.name), \(room.memberCount) there")
    }

    // MARK: - Methods, messages and channels

    var methods: RPCMethods {
        RPCMethod("nothing", nothing)
        RPCMethod("history") { [self] (_: Connection) in memory.withLock(\.history) }
        argumentMethods
        sessionMethods
        predicateMethods
        limitedMethods
        channelMethods
        connectionMethods
    }

    var messages: MessageHandlers {
        OnEvent("typing") { (connection: Connection, room: String) in
            try connection.send("typing in \(room)", event: "noted")
        }
        OnEvent("moved") { (connection: Connection, point: Point) in try connection.send(point.x, event: "noted") }
        OnEvent("whole") { connection, packet in try connection.reply("replied", to: packet) }
        OnText { connection, text in connection.send(text: "text \(text)") }
        OnJSON { (connection: Connection, point: Point) in try connection.send(json: [point.x]) }
        OnBinary { connection, bytes in connection.send(bytes: bytes.reversed()) }
    }

    var channels: ChannelRules {
        ChannelRule("chat").on("message") { (connection: Connection, channel: Channel, text: String) in
            try channel.publish("\(connection.userID ?? "?"): \(text)", event: "said", excluding: connection)
        }
        ChannelRule("room.*").announcesMembers()
        ChannelRule("**").allowsPublishing()
    }
}
