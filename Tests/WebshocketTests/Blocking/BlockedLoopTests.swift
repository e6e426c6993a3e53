import Dispatch
import EventLoops
import Testing
import Webshocket

@Suite("Blocked event loop", .timeLimit(.minutes(5)))
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

    @Test("other event loops answer new connections while one is blocked")
    func health() async throws {
        let handler = Handler()
        // If no other loop answers, the test's time limit cancels this task, which unblocks the loop.
        try await withTaskCancellationHandler {
            try await askForHealth(handler)
        } onCancel: {
            handler.gate.signal()
        }
    }

    private static var configuration: ServerConfiguration {
        var configuration = ServerConfiguration.quiet
        // On a busy machine, a request may arrive long after its connection was accepted.
        configuration.timeouts.handshake = .patient
        return configuration
    }

    private func askForHealth(_ handler: Handler) async throws {
        try await withServer(handler, Self.configuration) { server in
            // Unblocks the loop if the test fails. A second signal has no effect.
            defer { handler.gate.signal() }
            try await withClient(server.url) { client in
                async let blocked: RPCResponse = client.response(to: "block")
                await handler.entered.wait(count: 1)
                // With 24 connections, the kernel assigns some to the blocked loop.
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
