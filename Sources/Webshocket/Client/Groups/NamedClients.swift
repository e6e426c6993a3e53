import EventLoops

/// Several clients, of one server or of many, each under a name.
///
///     let clients = NamedClients()
///     try clients.add("prices", "ws://localhost:5000/prices")
///     try clients.add("orders", "ws://localhost:5001")
///     try await clients.connect()
///     await clients.sendToAll("hello")
///
/// It may be used from any thread. When it goes away, clients that nobody else holds close.
public final class NamedClients: Sendable {
    private let clients = Locked<[ExactText: WebSocketClient]>([:])

    /// Makes an empty collection.
    public init() {}

    /// Makes a client, which is not connected yet.
    /// - Parameters:
    ///   - name: one that no other client of these has.
    ///   - url: as for ``WebSocketClient/init(_:configuration:)``.
    ///   - configuration: what has a default.
    /// - Throws: ``ClientError`` with ``ClientError/Code/invalidConfiguration`` where the name is taken.
    @discardableResult
    public func add(
        _ name: String, _ url: String, configuration: ClientConfiguration = ClientConfiguration()
    ) throws(ClientError) -> WebSocketClient {
        let client = WebSocketClient(url, configuration: configuration)
        let isNew = clients.withLock { clients in
            guard clients[ExactText(name)] == nil else { return false }
            clients[ExactText(name)] = client
            return true
        }
        guard isNew else {
            throw ClientError(
                .invalidConfiguration, "the name '\(name.escapingControlCharacters)' is another client's")
        }
        return client
    }

    /// The client with a name.
    public subscript(name: String) -> WebSocketClient? { clients.withLock { $0[ExactText(name)] } }

    /// The names, in the order of their characters.
    public var names: [String] { all.map(\.name) }

    /// Takes a client out, closes it, and returns when its connection has ended; harmless for a name without a client.
    public func remove(_ name: String) async {
        await clients.withLock { $0.removeValue(forKey: ExactText(name)) }?.close()
    }

    /// Connects all of them at the same time.
    /// - Parameter retry: as for ``WebSocketClient/connect(retry:)``.
    /// - Throws: what the one of those that failed threw whose name is the first; the others go on.
    public func connect(retry: RetryPolicy? = nil) async throws {
        let outcomes = await forAll { client in try await client.connect(retry: retry) }
        if let first = outcomes.min(by: { $0.key < $1.key }) { throw first.value }
    }

    /// Sends a value as the data of a custom packet by each client, at the same time.
    /// - Parameters:
    ///   - value: anything encodable.
    ///   - timeToLive: how long each may wait for a connection; nil for what its ``ClientConfiguration/offlineQueue``
    ///     says.
    /// - Returns: the errors of those that could not, by their names; see ``WebSocketClient/send(_:timeToLive:)``.
    @discardableResult
    public func sendToAll(
        _ value: some Encodable & Sendable, timeToLive: Duration? = nil
    ) async -> [String: any Error] {
        await forAll { client in try await client.send(value, timeToLive: timeToLive) }
    }

    /// Closes all of them, and returns when their connections have ended; they may be connected again.
    public func close() async {
        await forAll { client in await client.close() }
    }

    /// What the clients have done so far, by their names.
    public var statistics: [String: ClientStatistics] {
        Dictionary(all.map { ($0.name, $0.client.statistics) }) { first, _ in first }
    }

    /// How many are connected; it may change at any time.
    public var connectedCount: Int { all.count { $0.client.isConnected } }

    private var all: [(name: String, client: WebSocketClient)] {
        clients.withLock { $0.map { ($0.key.text, $0.value) } }.sorted { $0.0 < $1.0 }
    }

    /// - Returns: the errors of those that failed.
    @discardableResult
    private func forAll(
        _ body: @escaping @Sendable (WebSocketClient) async throws -> Void
    ) async -> [String: any Error] {
        await withTaskGroup(of: (String, (any Error)?).self) { group in
            for (name, client) in all {
                group.addTask {
                    do {
                        try await body(client)
                        return (name, nil)
                    } catch {
                        return (name, error)
                    }
                }
            }
            var errors: [String: any Error] = [:]
            for await (name, error) in group { errors[name] = error }
            return errors
        }
    }
}
