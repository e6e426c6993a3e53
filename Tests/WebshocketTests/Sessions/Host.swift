import Testing
import Webshocket

/// A handler that gives tests access to its connections.
final class Host: WebSocketHandler {
    let access = Access.everyone
    private let guests = Collected<Connection>()
    /// The attributes of each connection when it ended.
    let lastWords = Collected<[String: WireValue]>()

    func arrive(_ connection: Connection) { guests.append(connection) }

    nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {
        await Task.yield()
        connection.leftWith = closure.code.rawValue
        lastWords.append(connection.attributes)
    }

    var methods: RPCMethods {
        RPCMethod("arrive", arrive)
    }

    /// Returns the server's side of a client's connection.
    func connection(of client: WebSocketClient) async throws -> Connection {
        try await client.expect(.null, from: "arrive")
        return try #require(guests.values.last)
    }

    /// Connects a client, runs `body` with the server's side of its connection, and stops both.
    static func withConnection(
        _ configuration: ServerConfiguration = .quiet, _ body: (Connection) async throws -> Void
    ) async throws {
        let host = Host()
        try await withServer(host, configuration) { server in
            try await withClient(server.url) { client in
                try await body(try await host.connection(of: client))
            }
        }
    }
}
