import EventLoops
import Testing
import Webshocket

@Suite("A client's new connection", .timeLimit(.minutes(5)))
struct RestoreTests {
    @Test("restores subscriptions and rooms, except those that were ended")
    func restores() async throws {
        try await withServer(Ledger()) { server in
            var configuration = ClientConfiguration.quick
            configuration.prepare = { client in try await client.sendRPC("login", "ann") }
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
            var heard: [WireValue?] = []
            while heard.count < 3 { heard.append(try await client.receive().data) }
            #expect(heard == ["news.a", "world.1", "members.1"])
            await client.close()
        }
    }

    @Test("requests names one by one if one is refused, and reports which")
    func refusedInterest() async throws {
        try await withServer(Ledger()) { server in
            let logsIn = Locked(true)
            var configuration = ClientConfiguration.quick
            configuration.prepare = { client in
                if logsIn.withLock({ $0 }) { try await client.sendRPC("login", "ann") }
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

    @Test("uses new credentials each time, which take precedence over other headers")
    func credentials() async throws {
        let ledger = Ledger()
        try await withServer(ledger) { server in
            let count = Collected<Int>()
            var configuration = ClientConfiguration.quick
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
            try await until { client.statistics.connections >= 2 }
            await client.close()
            #expect(ledger.headers.values == ["token 1", "token 2"])
        }
    }

    @Test("sends nothing else before it is prepared, and is given up if the preparation is refused")
    func preparation() async throws {
        let ledger = Ledger()
        try await withServer(ledger) { server in
            let (gate, reached) = (Gate(), Gate())
            let user = Locked("ann")
            var configuration = ClientConfiguration.quick
            configuration.prepare = { client in
                reached.open()
                await gate.wait()
                let _: Int = try await client.sendRPC("run", 1)
                try await client.sendRPC("login", user.withLock { $0 })
            }
            let client = WebSocketClient(server.url, configuration: configuration)
            let connecting = Task { try await client.connect() }
            await reached.wait()
            let call = Task { () throws -> Int in try await client.sendRPC("run", 2) }
            try await until { client.statistics.messagesQueued != 0 }
            #expect(!client.isConnected)
            gate.open()
            try await connecting.value
            #expect(try await call.value == 2)
            #expect(ledger.runs.values == [1, 2])

            user.withLock { $0 = "mallory" }
            try await client.notify("end", 4_000, "")
            try await until { client.state == .closed }
            let error = await #expect(throws: ClientError.self) { try await client.receive() }
            #expect(error?.code == .notConnected && error?.message.hasSuffix("no such user") == true)
            let refused = await #expect(throws: RPCError.self) { try await client.connect() }
            #expect(refused?.message == "no such user")
        }
    }

    @Test("is not made if the client is closed while it prepares the previous one")
    func closedWhilePreparing() async throws {
        try await withServer(Ledger()) { server in
            let (gate, reached) = (Gate(), Gate())
            var configuration = ClientConfiguration.quick
            configuration.prepare = { _ in
                reached.open()
                await gate.wait()
            }
            let client = WebSocketClient(server.url, configuration: configuration)
            let connecting = Task { try await client.connect(retry: .exponential()) }
            await reached.wait()
            await client.close()
            let error = await #expect(throws: ClientError.self) { try await connecting.value }
            #expect(error?.code == .notConnected)
            #expect(client.state == .closed && client.statistics.attempts == 1)
            gate.open()
        }
    }

    @Test("is given up if its preparation times out, and does not open when the task ends later")
    func slowPreparation() async throws {
        try await withServer(Ledger()) { server in
            var configuration = ClientConfiguration.quick
            configuration.connectTimeout = .seconds(1)
            configuration.prepare = { _ in _ = try? await Task.sleep(for: .seconds(600)) }
            let client = WebSocketClient(server.url, configuration: configuration)
            let (events, observation) = transcript(client)
            let error = await #expect(throws: ClientError.self) { try await client.connect() }
            #expect(error?.code == .timedOut)
            #expect(events.values == ["connecting 1", "closed"] && client.statistics.connections == 0)
            observation.cancel()
        }
    }

    @Test("repeats a call that ends every connection only a limited number of times")
    func poison() async throws {
        let ledger = Ledger()
        try await withServer(ledger) { server in
            let client = WebSocketClient(server.url, configuration: .quick)
            try await client.connect()
            let deadly = await #expect(throws: ClientError.self) {
                let _: Int = try await client.sendRPC("dropAlways", 1, timeout: .never, idempotent: true)
            }
            #expect(deadly?.code == .connectionLost && deadly?.delivery == .maybeExecuted)
            #expect(ledger.runs.values == [Int](repeating: 1, count: 6))
            // A connection must be open, because the large call below exceeds the offline queue.
            let _: Int = try await client.sendRPC("run", 1, idempotent: true)
            let large = await #expect(throws: ClientError.self) {
                let text = String(repeating: "x", count: 2_000_000)
                let _: Int = try await client.sendRPC("run", text, timeout: .never, idempotent: true)
            }
            // The client does not send it, because the server has announced its limits.
            #expect(large?.code == .requestTooLarge && large?.delivery == .notSent, "\(String(describing: large))")
            await client.close()
        }
    }

    @Test("gets at most the queue's capacity, the oldest first, and the rest fails")
    func fullQueue() async throws {
        let ledger = Ledger()
        try await withServer(ledger) { server in
            var configuration = ClientConfiguration.quick
            configuration.offlineQueue = OfflineQueueLimits(items: 2)
            let client = WebSocketClient(server.url, configuration: configuration)
            try await client.connect()
            let waiting = (1...4).map { number in
                Task { () throws -> Int in try await client.sendRPC("hang", number, idempotent: true) }
            }
            await ledger.runs.wait(count: 4)
            let order = ledger.runs.values
            try await client.notify("end", 4_000, "")
            var outcomes: [Int: ClientError?] = [:]
            for (number, call) in zip(1...4, waiting) {
                do {
                    _ = try await call.value
                    outcomes[number] = .some(nil)
                } catch {
                    outcomes[number] = error as? ClientError
                }
            }
            for number in order.prefix(2) { #expect(outcomes[number] == .some(nil)) }
            for number in order.suffix(2) {
                #expect(outcomes[number]??.code == .queueFull && outcomes[number]??.delivery == .maybeExecuted)
            }
            await client.close()
        }
    }

    @Test("does not request names that were ended before it was made")
    func endedMeanwhile() async throws {
        try await withServer(Ledger()) { server in
            let logsIn = Locked(true)
            var configuration = ClientConfiguration.quick
            configuration.prepare = { client in
                if logsIn.withLock({ $0 }) { try await client.sendRPC("login", "ann") }
            }
            configuration.reconnect = .exponential(base: .seconds(3_600), cap: .seconds(3_600))
            let client = WebSocketClient(server.url, configuration: configuration)
            try await client.connect()
            // The second one is refused without a login.
            try await client.subscribe(to: "news.a", "guarded.a")
            logsIn.withLock { $0 = false }
            try await client.notify("end", 4_000, "")
            try await until { client.state == .waiting }
            try await client.unsubscribe(from: "news.a")
            var restored = client.events().compactMap { event -> ClientRestoration? in
                if case .restored(let restoration) = event { restoration } else { nil }
            }.makeAsyncIterator()
            try await client.connect()
            let restoration = await restored.next()
            #expect(restoration?.channels == [] && restoration?.refused.map(\.name) == ["guarded.a"])
            // After everything that the client has requested.
            try await client.expect(1, from: "run", 1)
            #expect(server.hub.channels.isEmpty)
            await client.close()
        }
    }

    @Test("splits requests for channels that exceed the limits of one request")
    func parts() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.messageSize = 512
        let ledger = Ledger()
        try await withServer(ledger, configuration) { server in
            let client = WebSocketClient(server.url, configuration: .quick)
            try await client.connect()
            let names = (0..<20).map { "news.\($0)-\(String(repeating: "x", count: 40))" }
            for name in names { try await client.subscribe(to: name) }
            var restored = client.events().compactMap { event -> ClientRestoration? in
                if case .restored(let restoration) = event { restoration } else { nil }
            }.makeAsyncIterator()
            try await client.notify("end", 4_000, "")
            let restoration = try #require(await restored.next())
            #expect(Set(restoration.channels) == Set(names) && restoration.refused.isEmpty)
            await client.close()
        }
    }
}
