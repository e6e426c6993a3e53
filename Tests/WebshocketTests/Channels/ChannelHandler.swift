import Webshocket

/// A handler whose methods change the caller's channels and rooms. It records the calls of its callbacks.
final class ChannelHandler: WebSocketHandler {
    let channels: ChannelRules
    let access: Access
    /// The joins, leaves and disconnects, in order.
    let history = Collected<String>()

    init(
        access: Access = .everyone, @ChannelRulesBuilder channels: () -> ChannelRules
    ) {
        self.access = access
        self.channels = channels()
    }

    convenience init() {
        self.init(channels: {})
    }

    func me(_ connection: Connection) -> UInt64 { connection.id }
    func nothing(_ connection: Connection) {}
    func set(_ connection: Connection, name: String, value: WireValue) {
        connection[name] = value == .null ? nil : value
    }
    func listen(_ connection: Connection, channels: [String]) throws { try connection.subscribe(to: channels) }
    func deafen(_ connection: Connection, channels: [String]) { connection.unsubscribe(from: channels) }
    func deafenAll(_ connection: Connection) { connection.unsubscribeFromAll() }
    func say(_ connection: Connection, channel: String, text: WireValue) throws {
        try connection.publish(text, to: channel)
    }
    func others(_ connection: Connection, channel: String, text: WireValue) throws {
        try connection.publish(text, to: channel, excluding: connection)
    }
    /// Publishes alternately on the connection's loop and on another thread.
    func later(_ connection: Connection, channel: String, texts: [String]) async throws {
        for (number, text) in texts.enumerated() {
            guard number % 2 == 0 else {
                try connection.publish(text, to: channel)
                continue
            }
            try await withTaskExecutorPreference(globalConcurrentExecutor) {
                try await Self.publish(text, to: channel, connection)
            }
        }
    }
    @concurrent private static func publish(_ text: String, to channel: String, _ connection: Connection) async throws {
        precondition(!connection.loop.isCurrent)
        try connection.publish(text, to: channel)
    }
    func enter(_ connection: Connection, room: String) throws -> Bool { try connection.join(room) }
    func exit(_ connection: Connection, room: String) -> Bool { connection.leave(room) }
    func exitAll(_ connection: Connection) { connection.leaveAllRooms() }

    var methods: RPCMethods {
        RPCMethod("me", me)
        RPCMethod("nothing", nothing)
        RPCMethod("set", set)
        RPCMethod("listen", listen)
        RPCMethod("deafen", deafen)
        RPCMethod("deafenAll", deafenAll)
        RPCMethod("say", say)
        RPCMethod("others", others)
        RPCMethod("later", later)
        RPCMethod("enter", enter)
        RPCMethod("exit", exit)
        RPCMethod("exitAll", exitAll)
    }

    nonisolated(nonsending) func onJoin(_ connection: Connection, room: Room) async {
        history.append("\(connection.userID ?? "?") joined \(room.name), \(room.memberCount) there")
    }

    nonisolated(nonsending) func onLeave(_ connection: Connection, room: Room) async {
        history.append("\(connection.userID ?? "?") left \(room.name), \(room.memberCount) there")
    }

    nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {
        history.append("\(connection.userID ?? "?") gone")
    }
}

extension WebSocketClient {
    /// The server's connection to this client.
    func connection(on hub: Hub) async throws -> Connection {
        let id: UInt64 = try await sendRPC("me")
        guard let connection = hub.connection(id: id) else { throw PacketPeer.NoFrame() }
        return connection
    }

    func set(_ name: String, _ value: WireValue) async throws {
        try await sendRPC("set", name, value)
    }

    func listen(_ channels: String...) async throws {
        try await sendRPC("listen", channels)
    }

    /// Returns the packets before the broadcast "end".
    func packetsUpToEnd() async throws -> [Packet] {
        var packets: [Packet] = []
        while case let packet = try await receive(), packet != Packet(source: .broadcast, data: "end") {
            packets.append(packet)
        }
        return packets
    }

    /// Returns the data of the packets before the broadcast "end".
    func dataUpToEnd() async throws -> [WireValue] { try await packetsUpToEnd().map { $0.data ?? .null } }
}

extension Hub {
    /// Broadcasts "end", which arrives after everything that was published before.
    func end() throws { try broadcast("end") }
}

/// Connects several clients, and closes them after `body`.
func withClients(
    _ count: Int, _ url: String, _ codec: PacketCodec = .messagePack,
    _ body: ([WebSocketClient]) async throws -> Void
) async throws {
    var clients: [WebSocketClient] = []
    var configuration = ClientConfiguration()
    configuration.codec = codec
    configuration.inboxSize = 100_000
    configuration.reconnect = .never
    do {
        for _ in 0..<count {
            let client = WebSocketClient(url, configuration: configuration)
            clients.append(client)
            try await client.connect()
        }
        try await body(clients)
    } catch {
        for client in clients { await client.close() }
        throw error
    }
    for client in clients { await client.close() }
}
