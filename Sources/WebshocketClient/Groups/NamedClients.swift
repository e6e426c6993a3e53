import EventLoops

/// A collection of clients of one or more servers, each with a name.
///
///     let clients = NamedClients()
///     try clients.add("prices", "ws://localhost:5000/prices")
///     try clients.add("orders", "ws://localhost:5001")
///     try await clients.connect()
///     await clients.sendToAll("hello")
///
/// It is thread-safe. When it is released, its clients close, unless they are retained elsewhere.
public final class NamedClients: Sendable {
    private let clients = Locked<[ExactText: WebSocketClient]>([:])

    /// Creates an empty collection.
    public init() {}

    /// Creates a client, which is not connected yet.
    /// - Parameters:
    ///   - name: A name that is unique in this collection.
    ///   - url: The server's URL; see ``WebSocketClient/init(_:configuration:)``.
    ///   - configuration: The optional settings.
    /// - Throws: ``ClientError`` with ``ClientError/Code/invalidConfiguration`` if the name is in use.
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
                .invalidConfiguration, "the name '\(name.escapingControlCharacters)' is already in use")
        }
        return client
    }

    /// The client with the given name.
    public subscript(name: String) -> WebSocketClient? { clients.withLock { $0[ExactText(name)] } }

    /// The names in ascending order.
    public var names: [String] { all.map(\.name) }

    /// Removes and closes a client, and returns when its connection has ended; a no-op if there is no client with this
    /// name.
    public func remove(_ name: String) async {
        await clients.withLock { $0.removeValue(forKey: ExactText(name)) }?.close()
    }

    /// Connects all clients concurrently.
    /// - Parameter retry: The policy for a client whose first attempt fails; see ``WebSocketClient/connect(retry:)``.
    /// - Throws: The error of the client that failed and whose name sorts first. The other clients are not affected.
    public func connect(retry: RetryPolicy? = nil) async throws {
        let outcomes = await forAll { client in try await client.connect(retry: retry) }
        if let first = outcomes.min(by: { $0.key < $1.key }) { throw first.value }
    }

    /// Sends a value as the data of a custom packet through every client, concurrently.
    /// - Parameters:
    ///   - value: An encodable value.
    ///   - timeToLive: How long each packet may wait for a connection; nil for the client's
    ///     ``ClientConfiguration/offlineQueue``.
    /// - Returns: The errors of the clients that failed, by name; see
    ///   ``WebSocketClient/send(_:timeToLive:)-(EncodableSendable,_)``.
    @discardableResult
    public func sendToAll(
        _ value: some Encodable & Sendable, timeToLive: Duration? = nil
    ) async -> [String: any Error] {
        await forAll { client in try await client.send(value, timeToLive: timeToLive) }
    }

    /// Closes all clients, and returns when their connections have ended. The clients can be connected again.
    public func close() async {
        await forAll { client in await client.close() }
    }

    /// The counters of the clients, by name.
    public var statistics: [String: ClientStatistics] {
        Dictionary(all.map { ($0.name, $0.client.statistics) }) { first, _ in first }
    }

    /// The number of connected clients. The value may change at any time.
    public var connectedCount: Int { all.count { $0.client.isConnected } }

    private var all: [(name: String, client: WebSocketClient)] {
        clients.withLock { $0.map { ($0.key.text, $0.value) } }.sorted { $0.0 < $1.0 }
    }

    /// Runs a closure for all clients concurrently.
    /// - Returns: The errors of the clients that failed, by name.
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
