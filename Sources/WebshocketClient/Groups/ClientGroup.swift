import EventLoops

/// The clients for several paths of one server. Each client is created and connected at its first use.
///
///     let group = ClientGroup("ws://localhost:5000")
///     try await group.client(at: "/prices").subscribe(to: "EUR.*")
///     try await group.client(at: "/chat").send("hello")
///     for try await message in group.packets {
///         print(message.path, message.packet.data ?? .null)
///     }
///
/// The clients try to connect until the server is available. Meanwhile, calls and messages wait as configured by
/// ``ClientConfiguration/reconnect`` and ``ClientConfiguration/offlineQueue``. A group is thread-safe. When it is
/// released, its clients close.
public final class ClientGroup: Sendable {
    private struct State {
        var clients: [ExactText: WebSocketClient] = [:]
        var pumps: [Task<Void, Never>] = []
        var isClosed = false
    }

    private let url: String
    private let configuration: @Sendable (_ path: String) -> ClientConfiguration
    private let state = Locked(State())
    private let inbox = TaggedInbox()

    /// Creates a group without clients.
    /// - Parameters:
    ///   - url: The server's URL without a path: `ws://host:port`, or `ws+unix:///path/to/socket`.
    ///   - configuration: Returns the settings of the client for a path; called when the client is created.
    public init(
        _ url: String, configuration: @escaping @Sendable (_ path: String) -> ClientConfiguration = { _ in .init() }
    ) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.configuration = configuration
    }

    deinit {
        for pump in state.withLock({ $0.pumps }) { pump.cancel() }
        inbox.end()
    }

    /// Returns the client for a path. The first call creates the client and starts to connect.
    ///
    /// If the URL or a setting is not valid, the client's methods throw the error.
    /// - Parameter path: Begins with a slash, and may include a query.
    public func client(at path: String) -> WebSocketClient {
        if let client = state.withLock({ $0.clients[ExactText(path)] }) { return client }
        let configuration = configuration(path)
        let separator = url.hasPrefix("ws+unix:") ? ":" : ""
        let made = WebSocketClient(url + separator + path, configuration: configuration)
        return state.withLock { state in
            // Another task may have created the client first. After the group is closed, clients are created but not
            // connected.
            if let client = state.clients[ExactText(path)] { return client }
            guard !state.isClosed else { return made }
            state.clients[ExactText(path)] = made
            made.beginConnecting(retry: configuration.reconnect)
            state.pumps.append(Task { [inbox] in await inbox.pump(made, path) })
            return made
        }
    }

    /// The paths of the clients, in no particular order.
    public var paths: [String] { state.withLock { $0.clients.keys.map(\.text) } }

    /// The received packets of all clients that are not responses, each with its path. The packets of one path are in
    /// order.
    ///
    /// The sequence ends when the group is closed. Up to 64 packets wait in the group, in addition to those in each
    /// client. Each packet is delivered to only one of several iterators.
    public var packets: AsyncStream<TaggedPacket> {
        AsyncStream { [inbox] in await inbox.take() }
    }

    /// Closes all clients, and returns when their connections have ended. Clients created later are not connected.
    public func close() async {
        let (clients, pumps) = state.withLock { state in
            defer { state = State(isClosed: true) }
            return (Array(state.clients.values), state.pumps)
        }
        await withTaskGroup { group in
            for client in clients { group.addTask { await client.close() } }
        }
        for pump in pumps { pump.cancel() }
        inbox.end()
    }
}

/// A packet with the path of the client that received it.
public struct TaggedPacket: Sendable {
    /// The path that was passed to ``ClientGroup/client(at:)``.
    public let path: String
    /// The packet.
    public let packet: Packet
}
