import Testing
import Webshocket

@Suite("Connection lifecycle", .timeLimit(.minutes(5)))
struct LifecycleTests {
    /// Records events, and rejects connections whose URL has a query.
    final class Journal: WebSocketHandler {
        let access = Access.everyone
        let events = Collected<String>()
        let left = Gate()

        nonisolated(nonsending) func onConnect(_ connection: Connection) async throws {
            await Task.yield()
            events.append("connect \(connection.path) \(connection.query ?? "-") \(connection.remoteAddress)")
            if let query = connection.query { throw ConnectionClosure(.policyViolation, reason: query) }
        }

        nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {
            events.append("disconnect \(closure) \(closure.isClean)")
            left.open()
        }

        nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws {
            await Task.yield()
            events.append("receive \(packet.source.rawValue) \(packet.data ?? .null)")
            try connection.send(["you_said": packet.data ?? .null])
        }

        func wait(_ connection: Connection) async throws {
            try? await Task.sleep(for: .seconds(30))
            events.append(Task.isCancelled ? "cancelled" : "finished")
        }

        func hello(_ connection: Connection) { events.append("hello") }

        var methods: RPCMethods {
            RPCMethod("wait", wait)
            RPCMethod("hello", hello)
        }
    }

    @Test(
        "the handler is called from onConnect to onDisconnect in order", arguments: PacketCodec.codecs)
    func inOrder(codec: PacketCodec) async throws {
        let journal = Journal()
        try await withServer(journal) { server in
            try await withClient(server.url, codec) { client in
                try await client.send("one")
                try await client.send(2)
                #expect(try await client.receive().data == ["you_said": "one"])
                #expect(try await client.receive().data == ["you_said": 2])
            }
            await journal.left.wait()
        }
        #expect(
            journal.events.values == [
                "connect / - 127.0.0.1", "receive 4 \"one\"", "receive 4 2", "disconnect 1000 true",
            ])
    }

    @Test("messages that are not packets are passed to onReceive unchanged")
    func rawMessages() async throws {
        let journal = Journal()
        try await withServer(journal) { server in
            try await withRawClient(server.url) { client in
                try await client.send(WebSocketMessage.text("no packet"))
                let answer = WebSocketMessage.text(#"{"source":4,"data":{"you_said":"no packet"}}"#)
                #expect(try await client.receive() == answer)
            }
        }
        #expect(journal.events.values.contains("receive 3 \"no packet\""))
    }

    @Test("a closure thrown by onConnect closes the connection with its code and reason")
    func turnedAway() async throws {
        let journal = Journal()
        try await withServer(journal) { server in
            let client = WebSocketClient("\(server.url)/?go-away")
            let error = await #expect(throws: ClientError.self) { try await client.connect() }
            #expect(error?.closure == ConnectionClosure(.policyViolation, reason: "go-away", isClean: true))
            await journal.left.wait()
        }
        #expect(journal.events.values == ["connect / go-away 127.0.0.1", "disconnect 1008 go-away true"])
    }

    /// Throws from `onConnect` or `onReceive`, as the client requests.
    struct Failing: WebSocketHandler {
        let access = Access.everyone

        struct Failure: Error {}

        nonisolated(nonsending) func onConnect(_ connection: Connection) async throws {
            if connection.query == "connect" { throw Failure() }
        }

        nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws {
            throw packet.data == "closure" ? ConnectionClosure(4_001, reason: "as told") : Failure() as any Error
        }
    }

    @Test("an error in onConnect or onReceive closes with 1011, and a thrown closure with its own code")
    func failures() async throws {
        try await withServer(Failing()) { server in
            let refused = WebSocketClient(once: server.url(path: "/?connect"))
            let first = await #expect(throws: ClientError.self) { try await refused.connect() }
            #expect(first?.closure == ConnectionClosure(.internalError, reason: "", isClean: true))
            for (data, code) in [("x", CloseCode.internalError), ("closure", 4_001)] {
                try await withClient(server.url) { client in
                    try await client.send(data)
                    let error = await #expect(throws: ClientError.self) { try await client.receive() }
                    #expect(error?.closure?.code == code)
                }
            }
        }
    }

    @Test("calls in flight are cancelled when the connection ends")
    func cancelsCalls() async throws {
        let journal = Journal()
        try await withServer(journal) { server in
            try await withClient(server.url) { client in
                let call = Task { let _: WireValue = try await client.sendRPC("wait") }
                let _: WireValue = try await client.sendRPC("hello")
                await client.close()
                let error = await #expect(throws: ClientError.self) { try await call.value }
                #expect(error?.code == .connectionLost)
            }
            await journal.left.wait()
        }
        #expect(Set(journal.events.values.suffix(2)) == ["cancelled", "disconnect 1000 true"])
    }

    @Test("connections close with 1001 when the server stops, after calls in flight are answered")
    func gracefulStop() async throws {
        let handler = Holding()
        let server = WebSocketServer(port: 0, handler: handler, configuration: .quiet)
        try await server.start()
        let client = WebSocketClient(once: server.url)
        try await client.connect()
        async let held: Int = client.sendRPC("held")
        await handler.begun.wait()
        async let stopping: Void = server.stop()
        handler.release.open()
        #expect(try await held == 1)
        await stopping
        let error = await #expect(throws: ClientError.self) { try await client.receive() }
        let closure = try #require(error?.closure)
        #expect(closure.code == .goingAway && closure.isClean)
        #expect(closure.reason.hasPrefix("Server is shutting down; retry-after="))
        #expect(closure.advice.map(ShutdownTests.isUsual) == true)
        await #expect(throws: ClientError.self) { try await client.connect() }
    }

    /// A method that returns when `release` opens.
    final class Holding: WebSocketHandler {
        let access = Access.everyone
        let begun = Gate()
        let release = Gate()

        func held(_ connection: Connection) async -> Int {
            begun.open()
            await release.wait()
            return 1
        }

        var methods: RPCMethods { RPCMethod("held", held) }
    }

    @Test("a connection is cut off at the shutdown deadline if a call does not end")
    func deadline() async throws {
        let server = WebSocketServer(port: 0, handler: SampleHandler(), configuration: .quiet)
        try await server.start()
        let client = WebSocketClient(once: server.url)
        try await client.connect()
        let slow = Task { let _: Int = try await client.sendRPC("slow", 60_000) }
        let _: Int = try await client.sendRPC("add", 1, 1)
        await server.stop(within: .milliseconds(50))
        await #expect(throws: ClientError.self) { try await slow.value }
    }

    @Test("cancelling the task of serve() or run() stops the server", arguments: [true, false])
    func cancelledRun(watchesSignals: Bool) async throws {
        let server = WebSocketServer(port: 0, handler: SampleHandler(), configuration: .quiet)
        try await server.start()
        let running = Task { try await watchesSignals ? server.serve() : server.run() }
        try await withClient(server.url) { client in try await client.expect(3, from: "add", 1, 2) }
        running.cancel()
        try await running.value
        let error = await #expect(throws: ServerError.self) { try await server.start() }
        #expect(error?.code == .alreadyStarted)
    }

    @Test("connectionCount is 0 after all clients have closed")
    func counting() async throws {
        try await withServer(SampleHandler()) { server in
            for _ in 0..<20 { try await withClient(server.url) { _ in } }
            // The last connection may still be closing. A leaked one makes the test reach its time limit.
            try await until { server.connectionCount == 0 }
        }
    }
}
