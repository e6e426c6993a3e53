import EventLoops
import Testing
import Webshocket

@Suite("A client that loses its connection", .timeLimit(.minutes(5)))
struct ReconnectTests {
    @Test("reconnects automatically, and reports it", arguments: PacketCodec.codecs)
    func again(codec: PacketCodec) async throws {
        try await withServer(Ledger()) { server in
            var configuration = ClientConfiguration.quick
            configuration.codec = codec
            let client = WebSocketClient(server.url, configuration: configuration)
            let (events, observation) = transcript(client)
            try await client.connect()
            for _ in 0..<3 {
                let opened = client.statistics.connections
                try await client.notify("end", 4_000, "x")
                try await until { client.statistics.connections != opened }
                try await client.expect(1, from: "run", 1)
            }
            await client.close()
            #expect(
                events.values == [
                    "connecting 1", "open 1", "waiting 2", "connecting 2", "open 2", "waiting 3", "connecting 3",
                    "open 3", "waiting 4", "connecting 4", "open 4", "closed",
                ])
            #expect(client.state == .closed && client.statistics.connections == 4)
            observation.cancel()
        }
    }

    @Test(
        "repeats idempotent calls on the next connection, and fails others at once with maybeExecuted")
    func idempotent() async throws {
        let ledger = Ledger()
        try await withServer(ledger) { server in
            let client = WebSocketClient(server.url, configuration: .quick)
            try await client.connect()
            let error = await #expect(throws: ClientError.self) {
                let _: Int = try await client.sendRPC("drop", 1)
            }
            #expect(error?.code == .connectionLost && error?.delivery == .maybeExecuted)
            #expect(error?.closure?.code == 4_000)
            let reply: Int = try await client.sendRPC("drop", 2, idempotent: true)
            #expect(reply == 2)
            #expect(ledger.runs.values == [1, 2, 2])
            await client.close()
        }
    }

    @Test("sends queued calls on the next connection, in order, after the repeated ones")
    func order() async throws {
        let ledger = Ledger()
        try await withServer(ledger) { server in
            var configuration = ClientConfiguration.quick
            configuration.reconnect = .exponential(base: .seconds(3_600), cap: .seconds(3_600))
            let client = WebSocketClient(server.url, configuration: configuration)
            try await client.connect()
            let again = Task { () throws -> Int in try await client.sendRPC("drop", 0, idempotent: true) }
            try await until { client.state == .waiting }
            var calls: [Task<Int, any Error>] = []
            for number in 1...50 {
                calls.append(Task { try await client.sendRPC("run", number) })
                try await until { client.statistics.messagesQueued >= number + 1 }
            }
            try await client.connect()
            for call in calls { _ = try await call.value }
            #expect(try await again.value == 0)
            #expect(ledger.runs.values == [0] + Array(0...50))
            #expect(client.statistics.messagesQueued == 0)
            await client.close()
        }
    }

    @Test("refuses messages that do not fit into its queue, and keeps the rest")
    func overflow() async throws {
        try await withServer(Ledger()) { server in
            var configuration = ClientConfiguration.quick
            configuration.reconnect = .exponential(base: .seconds(3_600), cap: .seconds(3_600))
            configuration.offlineQueue = OfflineQueueLimits(items: 3, bytes: 1_000)
            let client = WebSocketClient(server.url, configuration: configuration)
            try await client.connect()
            try await client.notify("end", 4_000, "")
            try await until { client.state == .waiting }
            let large = await #expect(throws: ClientError.self) {
                try await client.send(String(repeating: "x", count: 1_000))
            }
            #expect(large?.code == .queueFull && large?.delivery == .notSent)
            let kept = (1...3).map { number in Task { try await client.notify("run", number) } }
            try await until { client.statistics.messagesQueued >= 3 }
            let error = await #expect(throws: ClientError.self) { try await client.notify("run", 4) }
            #expect(error?.code == .queueFull && error?.delivery == .notSent)
            try await client.connect()
            for message in kept { try await message.value }
            await client.close()
        }
    }

    @Test("expires messages after their time to live, and leaves no timer")
    func timeToLive() async throws {
        let server = WebSocketServer(port: 0, handler: Ledger(), configuration: .quiet)
        try await server.start()
        let client = WebSocketClient(server.url, configuration: .quick)
        try await client.connect()
        await server.stop()
        try await until { client.state != .open }
        let error = await #expect(throws: ClientError.self) {
            try await client.send("x", timeToLive: .milliseconds(20))
        }
        #expect(error?.code == .expired && error?.delivery == .notSent)
        let call = await #expect(throws: ClientError.self) {
            let _: Int = try await client.sendRPC("run", 1, timeout: .milliseconds(20))
        }
        #expect(call?.code == .timedOut && call?.delivery == .notSent)
        let cancelled = Task { try await client.send("y") }
        try await until { client.statistics.messagesQueued != 0 }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        let left = Task { try await client.send("z") }
        try await until { client.statistics.messagesQueued != 0 }
        await client.close()
        let closed = await #expect(throws: ClientError.self) { try await left.value }
        #expect(closed?.delivery == .notSent)
        #expect(client.statistics.messagesQueued == 0)
    }

    @Test("queues nothing if its offline queue is disabled")
    func noQueue() async throws {
        try await withServer(Ledger()) { server in
            var configuration = ClientConfiguration.quick
            configuration.offlineQueue = .disabled
            configuration.reconnect = .exponential(base: .seconds(3_600), cap: .seconds(3_600))
            let client = WebSocketClient(server.url, configuration: configuration)
            try await client.connect()
            let error = await #expect(throws: ClientError.self) {
                let _: Int = try await client.sendRPC("drop", 1, idempotent: true)
            }
            #expect(error?.code == .connectionLost && error?.delivery == .maybeExecuted)
            try await until { client.state == .waiting }
            let refused = await #expect(throws: ClientError.self) { try await client.send("x") }
            #expect(refused?.code == .notConnected && refused?.delivery == .notSent)
            await client.close()
        }
    }

    @Test(
        "does not reconnect if the server forbids it, or if the next connection would end the same way",
        arguments: [
            (1000, ""), (1008, "go"), (4_500, ""), (3_500, ""), (1001, "bye; retry-after=never"),
            (4_000, "bye; retry-after=never"),
        ])
    func staysAway(code: Int, reason: String) async throws {
        try await withServer(Ledger()) { server in
            let client = WebSocketClient(server.url, configuration: .quick)
            try await client.connect()
            let receiving = Task { try await client.receive() }
            try await client.notify("end", code, reason)
            let error = await #expect(throws: ClientError.self) { try await receiving.value }
            #expect(error?.closure?.code.rawValue == UInt16(code))
            #expect(client.state == .closed)
            let late = await #expect(throws: ClientError.self) { try await client.send("x") }
            #expect(late?.code == .connectionLost && late?.delivery == .notSent)
        }
    }

    @Test("reconnects no earlier than the server advises", arguments: [1001, 1000, 1008])
    func advice(code: Int) async throws {
        try await withServer(Ledger()) { server in
            let client = WebSocketClient(server.url, configuration: .quick)
            let ends = Collected<ContinuousClock.Instant>()
            let observation = client.observe { event in
                if case .waiting(let pause, _, _) = event { ends.append(pause.end) }
            }
            try await client.connect()
            let asked = ContinuousClock.now
            try await client.notify("end", code, "bye; retry-after=2")
            try await until { !ends.values.isEmpty }
            // Without advice, it would wait at most 0.1 s.
            let end = try #require(ends.values.first)
            #expect(end - asked >= .seconds(2))
            observation.cancel()
            await client.close()
        }
    }

    @Test("retries until the server is available, and not after a permanent failure")
    func retries() async throws {
        try await withSocketFolder { folder in
            let server = WebSocketServer(unixSocket: "\(folder)/socket", handler: Ledger(), configuration: .plain)
            let client = WebSocketClient(server.url, configuration: .quick)
            let connecting = Task { try await client.connect(retry: .exponential(base: .milliseconds(5))) }
            try await until { client.statistics.attempts >= 3 }
            let call = Task { () throws -> Int in try await client.sendRPC("run", 7) }
            try await until { client.statistics.messagesQueued != 0 }
            try await server.start()
            try await connecting.value
            #expect(try await call.value == 7)
            await client.close()

            let refused = WebSocketClient(server.url(path: "/none"), configuration: .quick)
            let error = await #expect(throws: ClientError.self) { try await refused.connect(retry: .exponential()) }
            #expect(error?.httpStatus == 404 && refused.statistics.attempts == 1)
            await server.stop()

            let capped = WebSocketClient(server.url, configuration: .quick)
            let last = await #expect(throws: ClientError.self) {
                try await capped.connect(retry: .exponential(attempts: 3, base: .milliseconds(1)))
            }
            #expect(last?.code == .cannotConnect && capped.statistics.attempts == 3)
        }
    }

    @Test("stops reconnecting when it is released")
    func released() async throws {
        let server = WebSocketServer(port: 0, handler: Ledger(), configuration: .quiet)
        try await server.start()
        var client: WebSocketClient? = WebSocketClient(server.url, configuration: .quick)
        try await client?.connect()
        let events = try #require(client?.events())
        await server.stop()
        try await until { client?.state != .open }
        client = nil
        var words: [String] = []
        for await event in events { words.append(event.word) }
        #expect(words.last == "closed")
    }

    @Test("stops at once if it is closed while connecting or waiting")
    func closedWhileWaiting() async throws {
        let client = WebSocketClient("ws://127.0.0.1:1", configuration: .quick)
        let connecting = Task { try await client.connect(retry: .exponential(base: .seconds(60), cap: .seconds(60))) }
        try await until { client.state == .waiting }
        let call = Task { () throws -> Int in try await client.sendRPC("run", 1) }
        try await until { client.statistics.messagesQueued != 0 }
        await client.close()
        let error = await #expect(throws: ClientError.self) { try await connecting.value }
        #expect(error?.code == .notConnected)
        let lost = await #expect(throws: ClientError.self) { _ = try await call.value }
        #expect(lost?.delivery == .notSent)
        #expect(client.state == .closed)
    }

    @Test("reports messages only to observers that request them")
    func messages() async throws {
        try await withServer(Ledger()) { server in
            let client = WebSocketClient(server.url, configuration: ClientConfiguration(codec: .json))
            let words = Collected<String>()
            let observation = client.observe(withMessages: true) { words.append($0.word) }
            let others = Collected<String>()
            let other = client.observe { others.append($0.word) }
            try await client.connect()
            try await client.expect(1, from: "run", 1)
            await client.close()
            // The hello and its response precede the open event.
            #expect(words.values == ["connecting 1", "sent", "received", "open 1", "sent", "received", "closed"])
            #expect(others.values == ["connecting 1", "open 1", "closed"])
            observation.cancel()
            other.cancel()
        }
    }
}
