import EventLoops
import Testing
import Webshocket

@Suite("A shutdown", .timeLimit(.minutes(5)))
struct ShutdownTests {
    /// Records when connections end, and has a method that waits until it is released.
    final class Handler: WebSocketHandler {
        let access = Access.everyone
        let ends = Collected<ContinuousClock.Instant>()
        let begun = Gate()
        let release = Gate()
        let onEnd: @Sendable () -> Void

        init(onEnd: @escaping @Sendable () -> Void = {}) { self.onEnd = onEnd }

        func held(_ connection: Connection) async -> Int {
            begun.open()
            await release.wait()
            return 1
        }

        func leave(_ connection: Connection) {
            connection.close(4_002, reason: "for good", advice: .doNotReconnect)
        }

        nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {
            ends.append(.now)
            onEnd()
        }

        var methods: RPCMethods {
            RPCMethod("held", held)
            RPCMethod("leave", leave)
        }
    }

    /// Whether advice is within the default window.
    static func isUsual(_ advice: ReconnectAdvice) -> Bool {
        guard case .after(let time) = advice else { return false }
        return (.milliseconds(500) ... .seconds(5)).contains(time)
    }

    private static var oneLoop: ServerConfiguration {
        var configuration = ServerConfiguration.quiet
        configuration.loops = 1
        return configuration
    }

    private static func clients(_ count: Int, _ server: WebSocketServer) async throws -> [WebSocketClient] {
        var clients: [WebSocketClient] = []
        for _ in 0..<count {
            let client = WebSocketClient(once: server.url)
            try await client.connect()
            clients.append(client)
        }
        return clients
    }

    private static func closure(_ client: WebSocketClient) async -> ConnectionClosure? {
        await #expect(throws: ClientError.self) { try await client.receive() }?.closure
    }

    @Test(
        "closes connections in batches that take half of the grace period, of at least 100",
        arguments: [
            (0, 10_000, 100), (100, 10_000, 100), (50_000, 10_000, 100), (50_001, 10_000, 101), (50_000, 1_000, 1_000),
            (500, 10, 500), (50_000, 0, 50_000), (1, 0, 100),
        ])
    func batches(connections: Int, grace: Int, batch: Int) {
        #expect(DrainPlan(connections: connections, grace: .milliseconds(grace)).batch == batch)
    }

    @Test("is spread over time if a loop has many connections, and closes all of them")
    func spread() async throws {
        let handler = Handler()
        let server = WebSocketServer(port: 0, handler: handler, configuration: Self.oneLoop)
        try await server.start()
        let clients = try await Self.clients(350, server)
        let begin = ContinuousClock.now
        await server.stop()
        for client in clients { #expect(await Self.closure(client)?.code == .goingAway) }
        let ends = handler.ends.values
        let last = try #require(ends.max())
        // The fourth batch of 100 closes 30 ms after the first.
        #expect(ends.count == 350 && last - begin >= .milliseconds(30))
    }

    @Test("advises each client to reconnect at a random time of the window")
    func window() async throws {
        var configuration = Self.oneLoop
        configuration.shutdownAdvice = .reconnect(within: .seconds(10) ... .seconds(20))
        let server = WebSocketServer(port: 0, handler: Handler(), configuration: configuration)
        try await server.start()
        let clients = try await Self.clients(200, server)
        await server.stop()
        var tenths = [Int](repeating: 0, count: 10)
        for client in clients {
            guard case .after(let time) = await Self.closure(client)?.advice else {
                Issue.record("no advice")
                continue
            }
            let part = (time - .seconds(10)) / .seconds(10)
            #expect((0...1).contains(part))
            tenths[min(max(Int(part * 10), 0), 9)] += 1
        }
        // One of the tenths is empty by chance in 7 of 10⁹ runs.
        #expect(tenths.allSatisfy { $0 > 0 }, "\(tenths)")
    }

    @Test(
        "sends the advice that is passed to stop()",
        arguments: [
            (ShutdownAdvice.doNotReconnect, "Server is shutting down; retry-after=never"),
            (.unspecified, "Server is shutting down"),
            (.reconnect(within: .seconds(3) ... .seconds(3)), "Server is shutting down; retry-after=3"),
        ])
    func said(advice: ShutdownAdvice, reason: String) async throws {
        let server = WebSocketServer(port: 0, handler: Handler(), configuration: .quiet)
        try await server.start()
        let clients = try await Self.clients(2, server)
        await server.stop(advice: advice)
        for client in clients {
            #expect(await Self.closure(client) == ConnectionClosure(.goingAway, reason: reason, isClean: true))
        }
    }

    @Test("rejects a window that is out of range", arguments: [(-1, 1), (1, 604_801)])
    func badWindow(lower: Int, upper: Int) async throws {
        var configuration = ServerConfiguration.quiet
        configuration.shutdownAdvice = .reconnect(within: .seconds(lower) ... .seconds(upper))
        let server = WebSocketServer(port: 0, handler: Handler(), configuration: configuration)
        let error = await #expect(throws: ServerError.self) { try await server.start() }
        #expect(error?.code == .invalidConfiguration && error?.message.hasPrefix("shutdownAdvice must be") == true)
    }

    @Test(
        "answers a new request with 503, drops a silent peer, and waits for a call in flight",
        arguments: [
            (ShutdownAdvice.reconnect(within: .milliseconds(2_500) ... .seconds(3)), "\r\nRetry-After: 3\r\n"),
            (.doNotReconnect, nil),
        ] as [(ShutdownAdvice, String?)])
    func upgrades(advice: ShutdownAdvice, header: String?) async throws {
        // When an idle connection ends, the shutdown has begun.
        let late = Locked<RawPeer?>(nil)
        let handler = Handler(onEnd: { late.withLock { $0 }?.send(RawFrame.upgrade) })
        let server = WebSocketServer(port: 0, handler: handler, configuration: Self.oneLoop)
        try await server.start()
        let clients = try await Self.clients(2, server)
        let call = Task { let _: Int = try await clients[0].sendRPC("held") }
        await handler.begun.wait()
        let asking = try await RawPeer(port: server.port)
        late.withLock { $0 = asking }
        let silent = try await RawPeer(port: server.port)
        try await until { server.connectionCount >= 4 }

        async let stopping: Void = server.stop(advice: advice)
        let answer = await asking.everything()
        #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
        #expect(header.map { answer.contains($0) } ?? !answer.contains("Retry-After"))
        #expect(await silent.everything() == "")
        handler.release.open()
        try await call.value
        await stopping
    }

    @Test("is not needed for advice: a handler can give its own")
    func ownAdvice() async throws {
        try await withServer(Handler()) { server in
            let client = WebSocketClient(once: server.url)
            try await client.connect()
            try await client.notify("leave")
            let closure = await Self.closure(client)
            #expect(closure?.code == 4_002 && closure?.reason == "for good; retry-after=never")
            #expect(closure?.advice == .doNotReconnect)
        }
    }
}
