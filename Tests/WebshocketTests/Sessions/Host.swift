import Testing
import Webshocket

/// Hands its connections to the test.
final class Host: WebSocketHandler {
    let access = Access.everyone
    private let guests = Collected<Connection>()
    /// What the attributes were when a connection ended.
    let lastWords = Collected<[String: Value]>()

    func arrive(_ connection: Connection) { guests.append(connection) }

    nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {
        await Task.yield()
        connection.leftWith = closure.code.rawValue
        lastWords.append(connection.attributes)
    }

    var methods: RPCMethods {
        RPCMethod("arrive", arrive)
    }

    /// The server's side of a client's connection.
    func connection(of client: WebSocketClient) async throws -> Connection {
        try await client.expect(.null, from: "arrive")
        return try #require(guests.values.last)
    }

    /// Connects a client, and lends its connection for the length of `body`; all is over when it returns.
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
