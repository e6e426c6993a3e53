import Dispatch
import EventLoops
import Foundation
import OwnProcesses
import Testing
import Webshocket

@Suite("A response that arrives while the client's event loop is blocked", .timeLimit(.minutes(5)))
struct OverdueReplyTests {
    final class Handler: WebSocketHandler {
        let access = Access.everyone
        let callers = Collected<Connection>()
        /// Opened once for each response, so that none arrives before the client is blocked.
        let mayAnswer = DispatchSemaphore(value: 1)

        func answer(_ connection: Connection) -> Int {
            callers.append(connection)
            mayAnswer.wait()
            return 42
        }

        var methods: RPCMethods { RPCMethod("answer", answer) }
    }

    /// Runs in a separate process, because clients of other tests would share the event loop. Their messages would run
    /// the second job in the first turn, before the request is sent.
    @Test("takes precedence over the call's timeout")
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

    /// Returns the response to a call whose timeout expires while the event loop is blocked and the response arrives.
    private static func reply(to client: WebSocketClient, of handler: Handler) async throws -> WireValue? {
        let loop = EventLoopGroup.shared.next()
        let isIn = AsyncStream.makeStream(of: Void.self)
        let outcome = AsyncStream.makeStream(of: Result<WireValue?, any Error>.self)
        let (first, second) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        // In this turn of the event loop, the call starts: its request is sent, and the timer of its timeout is set.
        loop.execute {
            Task.immediate(executorPreference: loop) {
                let result: Result<WireValue?, any Error>
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
        // In the next turn, the loop is blocked until the response has arrived and the timeout has expired.
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
        // The response is sent at the end of the server's turn.
        for _ in 0..<3 { await handler.callers.values[1].loop.run {} }
        second.signal()
        for await result in outcome.stream { return try result.get() }
        return nil
    }

    private static func next(_ stream: AsyncStream<Void>) async {
        for await _ in stream { return }
    }
}
