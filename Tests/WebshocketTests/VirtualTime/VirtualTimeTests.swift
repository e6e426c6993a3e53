import EventLoops
import Testing
import Webshocket

@Suite("A server and a client without real time", .timeLimit(.minutes(5)))
struct VirtualTimeTests {
    private struct Handler: WebSocketHandler {
        let access = Access.everyone

        func add(_ connection: Connection, a: Int, b: Int) -> Int { a + b }

        func nap(_ connection: Connection, seconds: Int) async throws -> Int {
            let start = connection.clock.now
            try await connection.clock.sleep(for: .seconds(seconds))
            return Int((connection.clock.now - start).components.seconds)
        }

        var methods: RPCMethods {
            RPCMethod("add", add)
            RPCMethod("nap", nap)
            RPCMethod("rare", add).rateLimit(1, per: "1h")
        }
    }

    @Test("a call has a response", arguments: PacketCodec.codecs)
    func call(codec: PacketCodec) async throws {
        try await VirtualWorld.with(Handler()) { world in
            let client = world.client { $0.codec = codec }
            try await client.connect()
            #expect(try await client.sendRPC("add", 20, 22) == 42)
            await client.close()
        }
    }

    @Test("bytes may arrive one by one, and late", arguments: PacketCodec.codecs)
    func slowNetwork(codec: PacketCodec) async throws {
        var conditions = MemoryNetwork.Conditions()
        (conditions.toServer.pieceSize, conditions.toClient.pieceSize) = (1, 1)
        (conditions.toServer.delay, conditions.toClient.delay) = (.milliseconds(20), .milliseconds(30))
        try await VirtualWorld.with(Handler(), network: { [conditions] _ in conditions }) { world in
            let client = world.client { $0.codec = codec }
            async let connected: Void = client.connect()
            // The handshake and the hello take a round trip each.
            await world.clock.advance(by: .milliseconds(100))
            try await connected
            let start = world.clock.now
            async let sum: Int = client.sendRPC("add", 20, 22)
            await world.clock.advance(by: .milliseconds(50))
            #expect(try await sum == 42)
            #expect(world.clock.now - start == .milliseconds(50))
            async let closed: Void = client.close()
            await world.clock.advance(by: .seconds(1))
            await closed
        }
    }

    @Test("a method sleeps on its connection's clock")
    func sleep() async throws {
        try await VirtualWorld.with(Handler()) { world in
            let client = world.client { $0.callTimeout = nil }
            try await client.connect()
            async let nap: Int = client.sendRPC("nap", 3_600)
            await world.clock.advance(by: .seconds(7_200))
            #expect(try await nap == 3_600)
            await client.close()
        }
    }

    @Test("a call times out at its time")
    func timeout() async throws {
        try await VirtualWorld.with(Handler()) { world in
            let client = world.client { $0.callTimeout = .seconds(30) }
            try await client.connect()
            let start = world.clock.now
            async let outcome = { () async -> (ClientError.Code?, ContinuousClock.Instant) in
                do {
                    let _: Int = try await client.sendRPC("nap", 3_600)
                    return (nil, world.clock.now)
                } catch {
                    return ((error as? ClientError)?.code, world.clock.now)
                }
            }()
            await world.clock.advance(by: .seconds(60))
            #expect(await outcome == (.timedOut, start + .seconds(30)))
            await client.close()
        }
    }

    @Test("a rate limit refills at its time")
    func rateLimit() async throws {
        try await VirtualWorld.with(Handler()) { world in
            let client = world.client()
            try await client.connect()
            #expect(try await client.sendRPC("rare", 1, 2) == 3)
            let refusal = await #expect(throws: RPCError.self) { let _: Int = try await client.sendRPC("rare", 1, 2) }
            #expect(refusal?.retryAfter == .seconds(3_600))
            await world.clock.advance(by: .milliseconds(3_599_999))
            await #expect(throws: RPCError.self) { let _: Int = try await client.sendRPC("rare", 1, 2) }
            await world.clock.advance(by: .milliseconds(1))
            #expect(try await client.sendRPC("rare", 1, 2) == 3)
            await client.close()
        }
    }

    @Test("a client connects again at the end of each pause, and opens when the network works again")
    func reconnection() async throws {
        try await VirtualWorld.with(Handler()) { world in
            let client = world.client { $0.reconnect = .exponential(base: .seconds(1), cap: .seconds(60)) }
            let events = world.events(of: client)
            try await client.connect()
            world.network.cut()
            await world.clock.advance(by: .seconds(300))
            let attempts = events.values.count { $0.hasSuffix("connecting") }
            // Pauses of at most 1, 2, 4, 8, 16, 32 and 60 s begin at least this often.
            #expect(attempts >= 9)
            for (waiting, connecting) in zip(events.values, events.values.dropFirst()) {
                guard let end = waiting.split(separator: " waiting until ").dropFirst().first else { continue }
                #expect(connecting == "\(end) connecting")
            }
            world.network.heal()
            await world.clock.advance(by: .seconds(60))
            #expect(try await client.sendRPC("add", 1, 2) == 3)
            await client.close()
        }
    }

    @Test("both sides notice a network that loses everything, at the end of the heartbeat's time")
    func heartbeat() async throws {
        var configuration = ServerConfiguration.virtual
        configuration.timeouts.heartbeat = Heartbeat(interval: .seconds(25), timeout: .seconds(20))
        try await VirtualWorld.with(Handler(), configuration) { world in
            let client = world.client {
                $0.heartbeat = Heartbeat(interval: .seconds(25), timeout: .seconds(20))
                $0.reconnect = .never
            }
            try await client.connect()
            await world.clock.advance(by: .seconds(3_600))
            #expect(client.state == .open)
            #expect(world.server.connectionCount == 1)
            world.network.drop()
            await world.clock.advance(by: .seconds(46))
            #expect(client.state == .closed)
            #expect(world.server.connectionCount == 0)
        }
    }
}
