import Testing
import Webshocket

/// Code that the server runs away from its loops, and that stops the server.
@Suite("A server that its own code stops away from the loop", .timeLimit(.minutes(5)))
struct ShutdownOffLoopTests {
    actor Stopper {
        private let executor = OffLoopExecutor()
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        func stop(_ connection: Connection) async { await connection.server?.stop() }
    }

    struct Handler: WebSocketHandler {
        let access = Access.everyone
        let stopper = Stopper()

        func method(_ connection: Connection) async -> Bool {
            await connection.server?.stop()
            return Task.isCancelled
        }

        func actor(_ connection: Connection) async -> Bool {
            await stopper.stop(connection)
            return Task.isCancelled
        }

        func task(_ connection: Connection) async -> Bool {
            await Task { await connection.server?.stop() }.value
            return Task.isCancelled
        }

        var methods: RPCMethods {
            RPCMethod("method", method).offLoop()
            RPCMethod("actor", actor)
            RPCMethod("task", task)
        }
    }

    @Test("stops, and does not wait for that code", arguments: ["method", "actor", "task"])
    func stops(method: String) async throws {
        var configuration = ServerConfiguration.quiet
        configuration.timeouts.shutdown = .patient
        let server = WebSocketServer(port: 0, handler: Handler(), configuration: configuration)
        try await server.start()
        let client = WebSocketClient(once: server.url)
        try await client.connect()
        try await client.expect(false, from: method)
        await client.close()
        await server.stop()
    }
}
