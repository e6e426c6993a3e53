import EventLoops
import Testing
import Webshocket

@Suite("A client whose connection is lost", .timeLimit(.minutes(1)))
struct ReconnectTests {
    /// Counts what runs, and ends connections when told to.
    final class Ledger: WebSocketHandler {
        let runs = Collected<Int>()
        let headers = Collected<String?>()
        let begun = Gate()
        let refuses = Locked(false)

        func onConnect(_ connection: Connection) async throws {
            headers.append(connection.headers["Authorization"])
            if refuses.withLock({ $0 }) { throw ConnectionClosure(.policyViolation, reason: "not you") }
        }
        func run(_ connection: Connection, number: Int) -> Int {
            runs.append(number)
            return number
        }
        /// Ends the connection instead of replying, the first time.
        func drop(_ connection: Connection, number: Int) async -> Int {
            runs.append(number)
            if runs.values.count(where: { $0 == number }) == 1 {
                connection.close(4_000, reason: "dropped")
                try? await Task.sleep(for: .seconds(600))
            }
            return number
        }
        func end(_ connection: Connection, code: Int, reason: String) {
            connection.close(CloseCode(rawValue: UInt16(clamping: code)), reason: reason)
        }
        func login(_ connection: Connection, user: String) throws {
            guard user != "mallory" else { throw RPCError("no such user") }
            connection.userID = user
        }

        var methods: RPCMethods {
            RPCMethod("run", run)
            RPCMethod("drop", drop)
            RPCMethod("end", end)
            RPCMethod("login", login)
        }
        var channels: ChannelRules {
            ChannelRule("news.*")
            ChannelRule("world.*")
            ChannelRule("members.*").requires(Has("userID")).announcesMembers()
        }
    }

    private static var quick: ClientConfiguration {
        var configuration = ClientConfiguration()
        configuration.reconnect = .exponential(
            base: .milliseconds(20), cap: .milliseconds(100), healthyAfter: .seconds(3_600))
        configuration.connectTimeout = .patient
        return configuration
    }

    /// Collects what happens to a client in words.
    private func transcript(_ client: WebSocketClient) -> (Collected<String>, ClientObservation) {
        let events = Collected<String>()
        return (events, client.observe { events.append($0.word) })
    }

    @Test("connects again by itself, and says so", arguments: ClientConfiguration.Dialect.codecs)
    func again(dialect: ClientConfiguration.Dialect) async throws {
        try await withServer(Ledger()) { server in
            var configuration = Self.quick
            configuration.dialect = dialect
            let client = WebSocketClient(server.url, configuration: configuration)
            let (events, observation) = transcript(client)
            try await client.connect()
            for _ in 0..<3 {
                let opened = client.statistics.connections
                try await client.notify("end", 4_000, "x")
                while client.statistics.connections == opened { await Task.yield() }
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
        "runs a call that may run twice on the next connection, and ends others at once, saying that they may have run")
    func idempotent() async throws {
        let ledger = Ledger()
        try await withServer(ledger) { server in
            let client = WebSocketClient(server.url, configuration: Self.quick)
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

    @Test("sends what was called without a connection on the next one, in order, behind what is sent again")
    func order() async throws {
        let ledger = Ledger()
        try await withServer(ledger) { server in
            var configuration = Self.quick
            configuration.reconnect = .exponential(base: .seconds(3_600), cap: .seconds(3_600))
            let client = WebSocketClient(server.url, configuration: configuration)
            try await client.connect()
            let again = Task { () throws -> Int in try await client.sendRPC("drop", 0, idempotent: true) }
            while client.state != .waiting { await Task.yield() }
            var calls: [Task<Int, any Error>] = []
            for number in 1...50 {
                calls.append(Task { try await client.sendRPC("run", number) })
                while client.statistics.messagesWaiting < number + 1 { await Task.yield() }
            }
            try await client.connect()
            for call in calls { _ = try await call.value }
            #expect(try await again.value == 0)
            #expect(ledger.runs.values == [0] + Array(0...50))
            #expect(client.statistics.messagesWaiting == 0)
            await client.close()
        }
    }

    @Test("refuses what does not fit into its queue, and keeps the rest")
    func overflow() async throws {
        try await withServer(Ledger()) { server in
            var configuration = Self.quick
            configuration.reconnect = .exponential(base: .seconds(3_600), cap: .seconds(3_600))
            configuration.offlineQueue = OfflineQueueLimits(items: 3, bytes: 1_000)
            let client = WebSocketClient(server.url, configuration: configuration)
            try await client.connect()
            try await client.notify("end", 4_000, "")
            while client.state != .waiting { await Task.yield() }
            let large = await #expect(throws: ClientError.self) {
                try await client.send(String(repeating: "x", count: 1_000))
            }
            #expect(large?.code == .queueFull && large?.delivery == .notSent)
            let kept = (1...3).map { number in Task { try await client.notify("run", number) } }
            while client.statistics.messagesWaiting < 3 { await Task.yield() }
            let error = await #expect(throws: ClientError.self) { try await client.notify("run", 4) }
            #expect(error?.code == .queueFull && error?.delivery == .notSent)
            try await client.connect()
            for message in kept { try await message.value }
            await client.close()
        }
    }

    @Test("lets nothing wait longer than it is to live, and leaves no timer")
    func timeToLive() async throws {
        let server = WebSocketServer(port: 0, handler: Ledger(), configuration: .quiet)
        try await server.start()
        let client = WebSocketClient(server.url, configuration: Self.quick)
        try await client.connect()
        await server.stop()
        while client.state == .open { await Task.yield() }
        let error = await #expect(throws: ClientError.self) {
            try await client.send("x", timeToLive: .milliseconds(20))
        }
        #expect(error?.code == .expired && error?.delivery == .notSent)
        let call = await #expect(throws: ClientError.self) {
            let _: Int = try await client.sendRPC("run", 1, timeout: .milliseconds(20))
        }
        #expect(call?.code == .timedOut && call?.delivery == .notSent)
        let cancelled = Task { try await client.send("y") }
        while client.statistics.messagesWaiting == 0 { await Task.yield() }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        let left = Task { try await client.send("z") }
        while client.statistics.messagesWaiting == 0 { await Task.yield() }
        await client.close()
        let closed = await #expect(throws: ClientError.self) { try await left.value }
        #expect(closed?.delivery == .notSent)
        #expect(client.statistics.messagesWaiting == 0)
    }

    @Test("keeps nothing where it is told so")
    func noQueue() async throws {
        try await withServer(Ledger()) { server in
            var configuration = Self.quick
            configuration.offlineQueue = .none
            configuration.reconnect = .exponential(base: .seconds(3_600), cap: .seconds(3_600))
            let client = WebSocketClient(server.url, configuration: configuration)
            try await client.connect()
            let error = await #expect(throws: ClientError.self) {
                let _: Int = try await client.sendRPC("drop", 1, idempotent: true)
            }
            #expect(error?.code == .connectionLost && error?.delivery == .maybeExecuted)
            while client.state != .waiting { await Task.yield() }
            let refused = await #expect(throws: ClientError.self) { try await client.send("x") }
            #expect(refused?.code == .notConnected && refused?.delivery == .notSent)
            await client.close()
        }
    }

    @Test("hears again of what it was subscribed to, is again where it had joined, and not of what it had left")
    func restores() async throws {
        try await withServer(Ledger()) { server in
            var configuration = Self.quick
            configuration.prepare = { client in try await client.sendRPC("login", "ann").check() }
            let client = WebSocketClient(server.url, configuration: configuration)
            try await client.connect()
            try await client.subscribe(to: "news.a", "world.*")
            try await client.subscribe(to: "news.c")
            try await client.join("members.1")
            try await client.join("members.2")
            try await client.leave("members.2")
            try await client.unsubscribe(from: "news.c")
            var restored = client.events().compactMap { event -> ClientRestoration? in
                if case .restored(let restoration) = event { restoration } else { nil }
            }.makeAsyncIterator()
            try await client.notify("end", 4_000, "")
            let restoration = await restored.next()
            #expect(restoration?.channels == ["news.a", "world.*"])
            #expect(restoration?.rooms == ["members.1"] && restoration?.refused.isEmpty == true)
            for channel in ["news.a", "news.c", "world.1", "members.2", "members.1"] {
                try server.hub.publish(channel, to: channel)
            }
            var heard: [Value?] = []
            while heard.count < 3 { heard.append(try await client.receive().data) }
            #expect(heard == ["news.a", "world.1", "members.1"])
            await client.close()
        }
    }

    @Test("asks for each alone where one is refused now, and tells which")
    func refusedInterest() async throws {
        try await withServer(Ledger()) { server in
            let logsIn = Locked(true)
            var configuration = Self.quick
            configuration.prepare = { client in
                if logsIn.withLock({ $0 }) { try await client.sendRPC("login", "ann").check() }
            }
            let client = WebSocketClient(server.url, configuration: configuration)
            try await client.connect()
            try await client.subscribe(to: "news.a", "news.b")
            try await client.join("members.1")
            logsIn.withLock { $0 = false }
            var restored = client.events().compactMap { event -> ClientRestoration? in
                if case .restored(let restoration) = event { restoration } else { nil }
            }.makeAsyncIterator()
            try await client.notify("end", 4_000, "")
            let restoration = await restored.next()
            #expect(restoration?.channels == ["news.a", "news.b"] && restoration?.rooms == [])
            #expect(restoration?.refused.map(\.name) == ["members.1"])
            #expect(restoration?.refused.first?.error.code == .accessDenied)
            await client.close()
        }
    }

    @Test("asks for its credentials anew each time, and these go before its other headers")
    func credentials() async throws {
        let ledger = Ledger()
        try await withServer(ledger) { server in
            let count = Collected<Int>()
            var configuration = Self.quick
            try configuration.headers.add(name: "Authorization", value: "old")
            configuration.credentials = {
                count.append(0)
                var headers = HTTPHeaders()
                try headers.add(name: "authorization", value: "token \(count.values.count)")
                return headers
            }
            let client = WebSocketClient(server.url, configuration: configuration)
            try await client.connect()
            try await client.notify("end", 4_000, "")
            while client.statistics.connections < 2 { await Task.yield() }
            await client.close()
            #expect(ledger.headers.values == ["token 1", "token 2"])
        }
    }

    @Test("does nothing else on a connection before it is prepared, and gives up when that is refused")
    func preparation() async throws {
        let ledger = Ledger()
        try await withServer(ledger) { server in
            let (gate, reached) = (Gate(), Gate())
            let user = Locked("ann")
            var configuration = Self.quick
            configuration.prepare = { client in
                reached.open()
                await gate.wait()
                let _: Int = try await client.sendRPC("run", 1)
                try await client.sendRPC("login", user.withLock { $0 }).check()
            }
            let client = WebSocketClient(server.url, configuration: configuration)
            let connecting = Task { try await client.connect() }
            await reached.wait()
            let call = Task { () throws -> Int in try await client.sendRPC("run", 2) }
            while client.statistics.messagesWaiting == 0 { await Task.yield() }
            #expect(!client.isConnected)
            gate.open()
            try await connecting.value
            #expect(try await call.value == 2)
            #expect(ledger.runs.values == [1, 2])

            user.withLock { $0 = "mallory" }
            try await client.notify("end", 4_000, "")
            while client.state != .closed { await Task.yield() }
            let error = await #expect(throws: RPCError.self) { try await client.receive() }
            #expect(error?.message == "no such user")
        }
    }

    @Test(
        "stays away when it is told to, or when the next connection would end the same way",
        arguments: [
            (1000, ""), (1008, "go"), (4_500, ""), (3_500, ""), (1001, "bye; retry-after=never"),
            (4_000, "bye; retry-after=never"),
        ])
    func staysAway(code: Int, reason: String) async throws {
        try await withServer(Ledger()) { server in
            let client = WebSocketClient(server.url, configuration: Self.quick)
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

    @Test("comes back when it was told to, not before", arguments: [(1001, "0.2"), (1000, "0.2"), (1008, "0.2")])
    func advice(code: Int, seconds: String) async throws {
        try await withServer(Ledger()) { server in
            let client = WebSocketClient(server.url, configuration: Self.quick)
            let times = Collected<Duration>()
            let observation = client.observe { event in
                if case .waiting(let until, _, _) = event { times.append(until - .now) }
            }
            try await client.connect()
            try await client.notify("end", code, "bye; retry-after=\(seconds)")
            while client.statistics.connections < 2 { await Task.yield() }
            let pause = try #require(times.values.first)
            #expect(pause > .milliseconds(100) && pause <= .milliseconds(200))
            observation.cancel()
            await client.close()
        }
    }

    @Test("tries until the server is there, and does not try again what cannot heal")
    func retries() async throws {
        let probe = WebSocketServer(port: 0, handler: Ledger(), configuration: .quiet)
        try await probe.start()
        let (port, url) = (probe.port, probe.url)
        await probe.stop()
        let client = WebSocketClient(url, configuration: Self.quick)
        let connecting = Task { try await client.connect(retry: .exponential(base: .milliseconds(5))) }
        while client.statistics.attempts < 3 { await Task.yield() }
        let call = Task { () throws -> Int in try await client.sendRPC("run", 7) }
        while client.statistics.messagesWaiting == 0 { await Task.yield() }
        let server = WebSocketServer(port: port, handler: Ledger(), configuration: .quiet)
        try await server.start()
        try await connecting.value
        #expect(try await call.value == 7)
        await client.close()

        let refused = WebSocketClient(server.url(path: "/none"), configuration: Self.quick)
        let error = await #expect(throws: ClientError.self) { try await refused.connect(retry: .exponential()) }
        #expect(error?.httpStatus == 404 && refused.statistics.attempts == 1)
        await server.stop()

        let capped = WebSocketClient(url, configuration: Self.quick)
        let last = await #expect(throws: ClientError.self) {
            try await capped.connect(retry: .exponential(attempts: 3, base: .milliseconds(1)))
        }
        #expect(last?.code == .cannotConnect && capped.statistics.attempts == 3)
    }

    @Test("that nobody holds any more stops trying")
    func released() async throws {
        let server = WebSocketServer(port: 0, handler: Ledger(), configuration: .quiet)
        try await server.start()
        var client: WebSocketClient? = WebSocketClient(server.url, configuration: Self.quick)
        try await client?.connect()
        let events = try #require(client?.events())
        await server.stop()
        while client?.state == .open { await Task.yield() }
        client = nil
        var words: [String] = []
        for await event in events { words.append(event.word) }
        #expect(words.last == "closed")
    }

    @Test("closed while it connects or waits, ends that at once")
    func closedWhileWaiting() async throws {
        let client = WebSocketClient("ws://127.0.0.1:1", configuration: Self.quick)
        let connecting = Task { try await client.connect(retry: .exponential(base: .seconds(60), cap: .seconds(60))) }
        while client.state != .waiting { await Task.yield() }
        let call = Task { () throws -> Int in try await client.sendRPC("run", 1) }
        while client.statistics.messagesWaiting == 0 { await Task.yield() }
        await client.close()
        let error = await #expect(throws: ClientError.self) { try await connecting.value }
        #expect(error?.code == .notConnected)
        let lost = await #expect(throws: ClientError.self) { _ = try await call.value }
        #expect(lost?.delivery == .notSent)
        #expect(client.state == .closed)
    }

    @Test("tells of messages who asks for them")
    func messages() async throws {
        try await withServer(Ledger()) { server in
            let client = WebSocketClient(server.url, configuration: ClientConfiguration(dialect: .json))
            let words = Collected<String>()
            let observation = client.observe(withMessages: true) { words.append($0.word) }
            let others = Collected<String>()
            let other = client.observe { others.append($0.word) }
            try await client.connect()
            try await client.expect(1, from: "run", 1)
            await client.close()
            #expect(words.values == ["connecting 1", "open 1", "sent", "received", "closed"])
            #expect(others.values == ["connecting 1", "open 1", "closed"])
            observation.cancel()
            other.cancel()
        }
    }
}

extension ClientEvent {
    fileprivate var word: String {
        switch self {
        case .connecting(let attempt): "connecting \(attempt)"
        case .open(let attempt): "open \(attempt)"
        case .restored: "restored"
        case .waiting(_, let attempt, _): "waiting \(attempt)"
        case .closed: "closed"
        case .sent: "sent"
        case .received: "received"
        }
    }
}
