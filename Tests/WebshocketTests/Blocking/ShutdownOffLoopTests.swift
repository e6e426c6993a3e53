import Testing
import Webshocket

/// Methods that run off the event loop and stop their server.
@Suite("Shutdown from off-loop code", .timeLimit(.minutes(5)))
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

    @Test("stop() does not wait for the off-loop code that calls it", arguments: ["method", "actor", "task"])
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
