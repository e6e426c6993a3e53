import Dispatch
import EventLoops
import Foundation
import OwnProcesses
import Testing
import Webshocket

@Suite("A reply that arrives while the client is held up", .timeLimit(.minutes(5)))
struct OverdueReplyTests {
    final class Handler: WebSocketHandler {
        let access = Access.everyone
        let callers = Collected<Connection>()
        /// Opened once for each answer, so that none arrives before the client is held up.
        let mayAnswer = DispatchSemaphore(value: 1)

        func answer(_ connection: Connection) -> Int {
            callers.append(connection)
            mayAnswer.wait()
            return 42
        }

        var methods: RPCMethods { RPCMethod("answer", answer) }
    }

    /// In a process of its own, since other tests' clients would share the loop: what they receive would end the first
    /// turn's reading with the second job, before the request has left.
    @Test("wins over the call's timeout, however late the client looks")
    func reply() async {
        await #expect(processExitsWith: .success) {
            OwnProcess.end()
            let handler = Handler()
            try await withServer(handler) { server in
                try await withClient(server.url) { client in
                    try await client.expect(42, from: "answer")
                    let reply = try await OverdueReplyTests.reply(to: client, of: handler)
                    precondition(reply == 42)
                }
            }
        }
    }

    /// The reply to a call whose timeout passes while the loop is held up, and the reply arrives.
    private static func reply(to client: WebSocketClient, of handler: Handler) async throws -> Value? {
        let loop = EventLoopGroup.shared.next()
        let isIn = AsyncStream.makeStream(of: Void.self)
        let outcome = AsyncStream.makeStream(of: Result<Value?, any Error>.self)
        let (first, second) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        // The call begins in this turn of the loop: its request leaves, and the alarm is set for its timeout.
        loop.execute {
            Task.immediate(executorPreference: loop) {
                let result: Result<Value?, any Error>
                do {
                    result = .success(try await client.sendRPC("answer", timeout: .milliseconds(1)).data)
                } catch {
                    result = .failure(error)
                }
                outcome.continuation.yield(result)
            }
            isIn.continuation.yield()
            first.wait()
        }
        await next(isIn.stream)
        // In the next turn the loop is held until the reply has arrived and the timeout has passed.
        loop.execute {
            isIn.continuation.yield()
            second.wait()
            let end = SuspendingClock.now + .milliseconds(4)
            while SuspendingClock.now < end { Thread.sleep(forTimeInterval: 0.000_5) }
        }
        first.signal()
        await next(isIn.stream)
        await handler.callers.wait(count: 2)
        handler.mayAnswer.signal()
        // The reply leaves at the end of the server's turn.
        for _ in 0..<3 { await handler.callers.values[1].loop.run {} }
        second.signal()
        for await result in outcome.stream { return try result.get() }
        return nil
    }

    private static func next(_ stream: AsyncStream<Void>) async {
        for await _ in stream { return }
    }
}
