import EventLoops

/// One object for the paths of one server: a client for each, made and connected at its first use.
///
///     let group = ClientGroup("ws://localhost:5000")
///     try await group.client(at: "/prices").subscribe(to: "EUR.*")
///     try await group.client(at: "/chat").send("hello")
///     for try await message in group.packets {
///         print(message.path, message.packet.data ?? .null)
///     }
///
/// Its clients try to connect until the server is there, and what is sent meanwhile waits, as
/// ``ClientConfiguration/reconnect`` and ``ClientConfiguration/offlineQueue`` say. It may be used from any thread. When
/// it goes away, its clients close.
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

    /// Makes a group without clients.
    /// - Parameters:
    ///   - url: the server's, without a path: `ws://host:port`, or `ws+unix:///path/to/socket`.
    ///   - configuration: the settings of the client for a path; asked when one is made.
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

    /// The client for a path; the first time it is made, and begins to connect.
    ///
    /// An address that is none, or a setting out of its range, is told by what is called on it.
    /// - Parameter path: begins with a slash, and may carry a query.
    public func client(at path: String) -> WebSocketClient {
        if let client = state.withLock({ $0.clients[ExactText(path)] }) { return client }
        let configuration = configuration(path)
        let separator = url.hasPrefix("ws+unix:") ? ":" : ""
        let made = WebSocketClient(url + separator + path, configuration: configuration)
        return state.withLock { state in
            // Another task may have been first. A group that was closed makes clients that are closed.
            if let client = state.clients[ExactText(path)] { return client }
            guard !state.isClosed else { return made }
            state.clients[ExactText(path)] = made
            made.beginConnecting(retry: configuration.reconnect)
            state.pumps.append(Task { [inbox] in await inbox.pump(made, path) })
            return made
        }
    }

    /// The paths that have clients, in no order.
    public var paths: [String] { state.withLock { $0.clients.keys.map(\.text) } }

    /// The packets that are no replies, of all clients, each with its path; those of one path in order. It ends when
    /// the group is closed.
    ///
    /// 64 packets wait here, besides those that wait in each client. Of several iterators each takes packets that the
    /// others do not get.
    public var packets: AsyncStream<TaggedPacket> {
        AsyncStream { [inbox] in await inbox.take() }
    }

    /// Closes every client, and returns when their connections have ended. The group makes no more.
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

/// A packet and the path that it came by.
public struct TaggedPacket: Sendable {
    /// The path, as the group was asked for it.
    public let path: String
    /// The packet.
    public let packet: Packet
}
