import Dispatch
import EventLoops
import Testing
import Webshocket

@Suite("A blocked loop", .timeLimit(.minutes(5)))
struct BlockedLoopTests {
    final class Handler: WebSocketHandler {
        let access = Access.everyone
        let entered = Collected<Void>()
        let gate = DispatchSemaphore(value: 0)

        func block(_ connection: Connection) {
            entered.append(())
            gate.wait()
        }

        var methods: RPCMethods { RPCMethod("block", block) }
    }

    @Test("does not keep new connections from being answered by another")
    func health() async throws {
        let handler = Handler()
        // If another loop does not answer, the time limit lets the blocked one go on.
        try await withTaskCancellationHandler {
            try await askForHealth(handler)
        } onCancel: {
            handler.gate.signal()
        }
    }

    private static var configuration: ServerConfiguration {
        var configuration = ServerConfiguration.quiet
        // A busy machine may send a request long after its connection was made.
        configuration.timeouts.handshake = .patient
        return configuration
    }

    private func askForHealth(_ handler: Handler) async throws {
        try await withServer(handler, Self.configuration) { server in
            // A failure does not wait for the blocked loop; one signal more does no harm.
            defer { handler.gate.signal() }
            try await withClient(server.url) { client in
                async let blocked: RPCResponse = client.sendRPC("block")
                await handler.entered.wait(count: 1)
                // Among so many the kernel assigns some to the loop that is blocked.
                for _ in 0..<24 {
                    let status = try await HTTPPeer.get(server.port, "/health").status
                    #expect(status == 200)
                }
                handler.gate.signal()
                let error = try await blocked.error
                #expect(error == nil)
            }
        }
    }
}
