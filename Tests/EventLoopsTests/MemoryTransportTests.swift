import EventLoops
import Testing

@Suite("A transport in memory", .timeLimit(.minutes(5)))
struct MemoryTransportTests {
    @Test("carries bytes in both directions", arguments: [1, 64, 1_000_000])
    func echo(count: Int) async throws {
        try await MemoryPair.with(delegate: Recorder.echo) { pair in
            let (client, _) = try await pair.connect()
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            await client.send(bytes)
            await pair.clock.runUntilIdle()
            #expect(client.recorder.record.received == bytes)
        }
    }

    @Test("carries TLS")
    func tls() async throws {
        try await MemoryPair.with(delegate: Recorder.echo) { pair in
            let (client, server) = try await pair.connect()
            let contexts = (server: try TLSContext.test(server: "server"), client: try TLSContext.test(client: nil))
            let isStarted = await server.run { transport in
                (try? TLSSession.server(contexts.server)).map { transport.beginTLS($0) } != nil
            }
            #expect(isStarted)
            await client.run { transport in
                (try? TLSSession.client(contexts.client, host: "localhost", port: 443)).map { transport.beginTLS($0) }
            }
            await client.send([1, 2, 3])
            await pair.clock.runUntilIdle()
            #expect(await client.run { $0.isSecured })
            #expect(client.recorder.record.received == [1, 2, 3])
        }
    }

    @Test("splits bytes into pieces")
    func pieces() async throws {
        var conditions = MemoryNetwork.Conditions()
        conditions.toServer.pieceSize = 4
        try await MemoryPair.with(conditions) { pair in
            let (client, server) = try await pair.connect()
            await client.send(Array(0..<10))
            await pair.clock.runUntilIdle()
            #expect(server.recorder.record.received == Array(0..<10))
            #expect(server.recorder.record.reads == 3)
        }
    }

    @Test("delivers bytes and the end in order after the delay of their direction, and not before")
    func delay() async throws {
        var conditions = MemoryNetwork.Conditions()
        conditions.toServer.delay = .milliseconds(20)
        try await MemoryPair.with(conditions) { pair in
            let (client, server) = try await pair.connect()
            await client.send([1])
            await pair.clock.advance(by: .milliseconds(15))
            await client.send([2])
            await client.run { $0.closeAfterFlush() }
            await server.send([3])
            await pair.clock.advance(by: .milliseconds(4))
            #expect(server.recorder.record.received == [])
            await pair.clock.advance(by: .milliseconds(1))
            #expect(server.recorder.record.received == [1])
            await pair.clock.advance(by: .milliseconds(14))
            #expect(server.recorder.record.received == [1])
            await pair.clock.advance(by: .milliseconds(1))
            #expect(server.recorder.record.received == [1, 2])
            #expect(server.recorder.record.ends == 1)
        }
    }

    @Test("accepts as many bytes as its window has room for, and the rest when the peer reads")
    func window() async throws {
        var conditions = MemoryNetwork.Conditions()
        conditions.toServer.window = 100_000
        try await MemoryPair.with(conditions) { pair in
            let (client, server) = try await pair.connect()
            await server.run { $0.pauseReading() }
            await client.send([UInt8](repeating: 1, count: 250_000))
            await pair.clock.runUntilIdle()
            #expect(
                await client.run { [$0.bytesGiven, $0.bytesTaken, $0.queuedBytes] } == [250_000, 100_000, 150_000])
            #expect(await client.run { $0.isFull })
            #expect(server.recorder.record.byteCount == 0)
            await server.run { $0.resumeReading() }
            await pair.clock.runUntilIdle()
            #expect(await client.run { [$0.bytesGiven, $0.bytesTaken, $0.queuedBytes] } == [250_000, 250_000, 0])
            #expect(client.recorder.record.drains == 1)
            #expect(server.recorder.record.byteCount == 250_000)
        }
    }

    @Test("delivers the bytes before a cut, and resets both ends")
    func cut() async throws {
        var conditions = MemoryNetwork.Conditions()
        conditions.toServer.faults = [3: .cut]
        try await MemoryPair.with(conditions) { pair in
            let (client, server) = try await pair.connect()
            await client.send([1, 2, 3, 4])
            await pair.clock.runUntilIdle()
            #expect(server.recorder.record.received == [1, 2, 3])
            for end in [client, server] { #expect(end.recorder.record.error?.code == .connectionReset) }
        }
    }

    @Test("keeps bytes during a stall, and loses them after a drop")
    func stallAndDrop() async throws {
        try await MemoryPair.with { pair in
            let (client, server) = try await pair.connect()
            pair.network.stall()
            await client.send([1])
            await pair.clock.advance(by: .seconds(3_600))
            #expect(server.recorder.record.received == [])
            pair.network.heal()
            await pair.clock.runUntilIdle()
            #expect(server.recorder.record.received == [1])
            pair.network.drop()
            await client.send([2])
            await pair.clock.runUntilIdle()
            pair.network.heal()
            await client.send([3])
            await pair.clock.runUntilIdle()
            #expect(server.recorder.record.received == [1, 3])
        }
    }

    @Test("refuses connections while the network is cut")
    func refusal() async throws {
        try await MemoryPair.with { pair in
            let (client, server) = try await pair.connect()
            pair.network.cut()
            for end in [client, server] { #expect(await end.recorder.closed().error?.code == .connectionReset) }
            let refused = await #expect(throws: SocketError.self) { _ = try await pair.connect() }
            #expect(refused?.code == .connectionRefused)
            pair.network.heal()
            let (next, _) = try await pair.connect()
            await next.close()
            #expect(pair.network.attempts == 3)
        }
    }

    @Test("sends its end after the queued bytes, and closes when the peer's arrives")
    func end() async throws {
        try await MemoryPair.with(delegate: Recorder.echo) { pair in
            let (client, server) = try await pair.connect()
            await client.run { transport in
                transport.outbox.append(contentsOf: [1, 2] as [UInt8])
                transport.closeAfterFlush()
            }
            await pair.clock.runUntilIdle()
            #expect(server.recorder.record.byteCount == 2)
            for end in [client, server] {
                let record = end.recorder.record
                #expect((record.closes, record.error?.code, record.late) == (1, nil, 0))
            }
        }
    }

    @Test("closes one second after its end if the peer does not end")
    func linger() async throws {
        try await MemoryPair.with { pair in
            let (client, server) = try await pair.connect()
            await client.run { $0.closeAfterFlush() }
            await pair.clock.advance(by: .milliseconds(999))
            #expect(server.recorder.record.ends == 1)
            #expect(client.recorder.record.closes == 0)
            await pair.clock.advance(by: .milliseconds(1))
            #expect(client.recorder.record.closes == 1)
            #expect(server.recorder.record.closes == 0)
        }
    }

    @Test("reports the peer's end while reading is paused")
    func endDuringPause() async throws {
        try await MemoryPair.with { pair in
            let (client, server) = try await pair.connect()
            await server.run { $0.pauseReading() }
            await client.send([1])
            await client.run { $0.closeAfterFlush() }
            await pair.clock.runUntilIdle()
            #expect((server.recorder.record.peerEnds, server.recorder.record.ends) == (1, 0))
            await server.run { $0.resumeReading() }
            await pair.clock.runUntilIdle()
            #expect(server.recorder.record.received == [1])
            #expect(server.recorder.record.ends == 1)
        }
    }

    @Test("resets the peer if it closes with unread bytes, is reset, or receives bytes after the close")
    func resets() async throws {
        try await MemoryPair.with { pair in
            let (first, unread) = try await pair.connect()
            await unread.run { $0.pauseReading() }
            await first.send([1])
            await unread.close()
            let (second, reset) = try await pair.connect()
            await reset.run { $0.reset() }
            let (third, closed) = try await pair.connect()
            await closed.close()
            await pair.clock.runUntilIdle()
            #expect(third.recorder.record.ends == 1)
            await third.send([1])
            await pair.clock.runUntilIdle()
            for end in [first, second, third] { #expect(end.recorder.record.error?.code == .connectionReset) }
        }
    }

    @Test("closes when its loop ends")
    func loopEnd() async throws {
        let pair = try await MemoryPair()
        let (client, server) = try await pair.connect()
        await pair.end()
        for end in [client, server] { #expect(end.recorder.record.closes == 1) }
    }
}
