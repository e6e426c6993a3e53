import Bytes
import EventLoops
import Testing

@Suite("A socket", .timeLimit(.minutes(5)))
struct SocketTests {
    static let endpoints: [Endpoint] = [
        .tcp(host: "127.0.0.1", port: 0), .tcp(host: "::1", port: 0), .unix(path: temporaryPath()),
    ]

    @Test("sends and receives bytes", arguments: endpoints, [1, 64, 1_000_000])
    func echo(endpoint: Endpoint, count: Int) async throws {
        let path: Endpoint
        if case .unix = endpoint { path = .unix(path: temporaryPath()) } else { path = endpoint }
        try await withServer(on: path, delegate: Recorder.echo) { listener, _, loop in
            let peer = try await Peer.connect(to: listener.localAddress, on: loop)
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            await peer.send(bytes)
            let record = await peer.recorder.wait { $0.received.count >= count }
            #expect(record.received == bytes)
            await peer.close()
        }
    }

    @Test("has a local and a remote address")
    func addresses() async throws {
        try await withServer { listener, accepted, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            let server = try await accepted.next()
            #expect(await client.run { $0.remoteAddress } == listener.localAddress)
            #expect(await server.run { $0.localAddress } == listener.localAddress)
            #expect(await server.run { $0.remoteAddress } == client.run { $0.localAddress })
        }
    }

    @Test("writes all bytes that were queued in one turn with one call")
    func oneWritePerTurn() async throws {
        try await withServer { listener, accepted, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            let server = try await accepted.next()
            await client.run { socket in
                for byte in 0..<100 {
                    socket.outbox.append(UInt8(byte))
                    socket.setNeedsFlush()
                    socket.loop.execute { [socket = LoopBound(socket, loop: socket.loop)] in
                        socket.value.outbox.append(UInt8(byte))
                        socket.value.setNeedsFlush()
                    }
                }
            }
            #expect(await client.run { $0.writeCalls } == 1)
            let record = await server.recorder.wait { $0.received.count == 200 }
            #expect(record.received == Array(0..<100) + Array(0..<100))
        }
    }

    @Test("writes immediately with flushNow")
    func flushNow() async throws {
        try await withServer { listener, _, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            let calls = await client.run { socket in
                socket.outbox.append(1)
                socket.flushNow()
                let calls = socket.writeCalls
                socket.setNeedsFlush()
                return calls == 1 && socket.queuedBytes == 0
            }
            #expect(calls)
            #expect(await client.run { $0.writeCalls } == 1)
        }
    }

    @Test("reports exactly how many bytes the kernel has accepted when it closes with queued bytes")
    func bytesTaken() async throws {
        try await withServer(delegate: { Recorder(keepsBytes: false) }) { listener, accepted, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            let server = try await accepted.next()
            await client.send([1, 2, 3])
            #expect(await client.run { [$0.bytesGiven, $0.bytesTaken] } == [3, 3])
            await server.run { $0.pauseReading() }
            // More than fits in the kernel's buffers of both sides, in several parts, so that some are queued.
            for _ in 0..<4 { await client.send([UInt8](repeating: 1, count: 8_000_000)) }
            let given = await client.run { socket in
                let given = socket.bytesGiven
                socket.close()
                return given
            }
            #expect(given == 32_000_003)
            let taken = await client.run { $0.bytesTaken }
            #expect(taken > 3 && taken < given)
            await server.run { $0.resumeReading() }
            let record = await server.recorder.wait { $0.ends > 0 || $0.closes > 0 }
            #expect(record.byteCount == taken)
        }
    }

    @Test("queues bytes while its peer does not read, and notifies its delegate when they have drained")
    func backPressure() async throws {
        try await withServer(delegate: { Recorder(keepsBytes: false) }) { listener, accepted, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            let server = try await accepted.next()
            await server.run { $0.pauseReading() }

            // More than fits in the kernel's buffers of both sides.
            await client.send([UInt8](repeating: 9, count: 32_000_000))
            for sent in 32_000_001...32_000_010 {
                await client.send([1])
                let queued = await client.run { $0.queuedBytes }
                #expect(queued > 1_000_000 && queued <= sent)
            }
            #expect(await client.run { $0.writeCalls } == 2, "expected one write in flight, and the rest queued")
            #expect(client.recorder.record.drains == 0)

            await server.run { $0.resumeReading() }
            await client.recorder.wait { $0.drains == 1 }
            #expect(await client.run { $0.queuedBytes } <= 16 * 1_024)
            await server.recorder.wait { $0.byteCount == 32_000_010 }
            #expect(client.recorder.record.drains == 1)
        }
    }

    @Test("notifies of a drain only if it was above the high-water mark", arguments: [(1_000, 0), (1_001, 1)])
    func watermark(count: Int, drains: Int) async throws {
        try await withServer { listener, _, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            await client.run { $0.highWatermark = 1_000 }
            await client.send([UInt8](repeating: 0, count: count))
            #expect(client.recorder.record.drains == drains)
        }
    }

    @Test("notifies of a drain after noteCongestion, even if the queue was never long")
    func notedCongestion() async throws {
        try await withServer { listener, _, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            await client.run { $0.noteCongestion() }
            await client.recorder.wait { $0.drains == 1 }
        }
    }

    @Test("delivers no bytes after it was paused")
    func pause() async throws {
        let pausing = Recorder(onRead: { socket, _ in
            socket.pauseReading()
            socket.pauseReading()
        })
        try await withServer(delegate: { pausing }) { listener, accepted, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            let server = try await accepted.next()
            // More than fits in one read buffer.
            await client.send([UInt8](repeating: 1, count: 200_000))
            await pausing.wait { $0.reads == 1 }
            await server.run { _ in }
            #expect(pausing.record.reads == 1)
            await server.run { $0.resumeReading() }
            await pausing.wait { $0.reads == 2 }
        }
    }

    @Test("allows its delegate to change received bytes in place")
    func changesInPlace() async throws {
        let invert = Recorder(onRead: { socket, bytes in
            for index in bytes.indices { bytes[index] = ~bytes[index] }
            socket.outbox.append(contentsOf: UnsafeRawBufferPointer(bytes))
            socket.setNeedsFlush()
        })
        try await withServer(delegate: { invert }) { listener, _, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            await client.send([0, 1, 255])
            await client.recorder.wait { $0.received == [255, 254, 0] }
        }
    }

    @Test("has no buffer while it is idle")
    func idleMemory() async throws {
        try await withServer(delegate: Recorder.echo) { listener, _, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            await client.send([UInt8](repeating: 1, count: 10_000))
            await client.recorder.wait { $0.received.count == 10_000 }
            #expect(await client.run { $0.outbox.capacity } == 0)
        }
    }
}
