import Bytes
import Certificates
import EventLoops
import Testing

@Suite(
    "TLS over a socket", .enabled(if: TestCertificates.areMade, Comment(rawValue: TestCertificates.absence)),
    .timeLimit(.minutes(5)))
struct TLSSocketTests {
    @Test("sends and receives bytes, and negotiates TLS 1.3 and HTTP/1.1")
    func echo() async throws {
        try await SecurePair.with(serverRecorder: .echo()) { pair in
            await pair.client.send([1, 2, 3])
            let record = await pair.client.recorder.wait { $0.byteCount == 3 }
            #expect(record.received == [1, 2, 3])
            let agreed = await pair.client.run { [$0.tls?.version, $0.tls?.applicationProtocol, $0.tls?.serverName] }
            #expect(agreed == ["TLSv1.3", "http/1.1", "localhost"])
        }
    }

    @Test("delivers large amounts of data to a reader that pauses, and counts sent bytes exactly")
    func large() async throws {
        let block = (0..<1_048_583).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 7) }
        let bytes = Array(repeatElement(block, count: 16).joined())
        let count = bytes.count
        try await SecurePair.with { pair in
            await pair.server.run { $0.pauseReading() }
            await pair.client.run { socket in
                socket.outbox.append(contentsOf: bytes)
                socket.setNeedsFlush()
            }
            let held = await pair.client.run { ($0.bytesTaken, $0.bytesGiven, $0.queuedBytes, $0.isFull) }
            #expect(held.0 < held.1 && held.1 == count && held.0 % 16_384 == 0 && held.3)
            // If part of a record was sent, that part counts neither as queued nor as taken.
            #expect(held.2 > count - held.0 - 16_500)
            await pair.server.run { $0.resumeReading() }
            let record = await pair.server.recorder.wait { $0.byteCount == count }
            #expect(record.received == bytes)
            await pair.client.recorder.wait { $0.drains >= 1 }
            #expect(await pair.client.run { [$0.bytesTaken, $0.bytesGiven, $0.queuedBytes] } == [count, count, 0])
        }
    }

    @Test("reports how many bytes the peer can have read after an immediate close: whole records")
    func exactness() async throws {
        try await SecurePair.with { pair in
            // If the client closed with unread bytes, it would reset the connection, and the server would lose bytes.
            // Tickets precede application data, so a client that has read this byte has read the tickets too.
            await pair.server.send([1])
            await pair.client.recorder.wait { $0.byteCount == 1 }
            await pair.server.run { $0.pauseReading() }
            await pair.client.run { socket in
                socket.outbox.append(contentsOf: [UInt8](repeating: 7, count: 20_000_000))
                socket.setNeedsFlush()
            }
            let taken = await pair.client.run { socket in
                socket.close()
                return socket.bytesTaken
            }
            await pair.server.run { $0.resumeReading() }
            let record = await pair.server.recorder.closed()
            #expect(record.byteCount == taken && taken > 0 && taken < 20_000_000, "\(record.byteCount) of \(taken)")
        }
    }

    @Test("combines many small messages into few records")
    func small() async throws {
        try await SecurePair.with { pair in
            for _ in 0..<100 {
                await pair.client.run { socket in
                    for byte in 0..<100 {
                        socket.outbox.append(UInt8(byte))
                        socket.setNeedsFlush()
                    }
                }
            }
            let record = await pair.server.recorder.wait { $0.byteCount == 10_000 }
            #expect(record.received == (0..<10_000).map { UInt8($0 % 100) })
            #expect(await pair.client.run { $0.writeCalls } < 120)
        }
    }

    @Test("ends with a close_notify alert after all bytes were sent")
    func cleanEnd() async throws {
        try await SecurePair.with { pair in
            await pair.client.run { socket in
                socket.outbox.append(contentsOf: [1, 2, 3])
                socket.closeAfterFlush()
            }
            let record = await pair.server.recorder.wait { $0.ends == 1 }
            #expect(record.received == [1, 2, 3] && record.closes == 0)
            await pair.server.run { $0.closeAfterFlush() }
            #expect(await pair.client.recorder.closed().error == nil)
            #expect(await pair.server.recorder.closed().error == nil)
        }
    }

    @Test("sends bytes that were queued during the handshake after it, even if the socket closes after them")
    func closeBeforeHandshake() async throws {
        let client = Recorder()
        try await SecurePair.with(serverRecorder: Recorder(onEnd: { $0.closeAfterFlush() }), clientRecorder: client) {
            let record = await client.wait { _ in true }
            #expect(record.closes == 0)
            await $0.client.run { socket in
                socket.outbox.append(9)
                socket.closeAfterFlush()
            }
            #expect(await $0.server.recorder.closed().received == [9])
        }
    }

    @Test("reports a stream without a close_notify alert as truncated")
    func truncation() async throws {
        try await SecurePair.with(serverRecorder: .echo()) { pair in
            await pair.client.send([1])
            await pair.client.recorder.wait { $0.byteCount == 1 }
            await pair.client.run { $0.close() }
            let record = await pair.server.recorder.closed()
            #expect(record.error?.tls?.kind == .truncated && record.ends == 0)
        }
    }

    @Test("resumes the session on the next connection, with the client's certificate")
    func resumption() async throws {
        let authority = PEMSource.file(try TestCertificates.shared.authority)
        let server = try TLSContext.test(server: "server", clients: .required(authorities: authority))
        let client = try TLSContext.test(client: "client")
        for isResumed in [false, true, true] {
            try await SecurePair.with(server: server, client: client, serverRecorder: .echo()) { pair in
                await pair.client.send([1])
                await pair.client.recorder.wait { $0.byteCount == 1 }
                #expect(await pair.client.run { $0.tls?.isResumed } == isResumed)
                let name = await pair.server.run { $0.tls?.peerCertificate?.subject }
                #expect(name == "CN=client")
                // A session can be resumed even if its connection was interrupted.
                await pair.client.run { $0.close() }
            }
        }
    }

    @Test("can start after plaintext, in the middle of received bytes")
    func afterPlainBytes() async throws {
        let context = try TLSContext.test(server: "server")
        let began = Locked(false)
        let recorder = Recorder(onRead: { socket, bytes in
            guard
                began.withLock({ began in
                    defer { began = true }
                    return !began
                })
            else { return }
            let rest = UnsafeRawBufferPointer(rebasing: bytes[5...])
            (try? TLSSession.server(context)).map { socket.beginTLS($0, received: rest) }
        })
        let group = EventLoopGroup(loops: 1, name: "tls")
        let accepted = Accepted()
        let listener = try await Listener.listen(on: .tcp(host: "127.0.0.1", port: 0), loops: group.loops) {
            accepted.add(Peer($0, recorder))
        }
        let trust = try TLSContext.test(client: nil)
        let client = try await Socket.connect(
            to: Endpoint(listener.localAddress), on: group.loops[0], timeout: .seconds(50)
        ) { socket in
            let peer = Peer(socket)
            socket.outbox.append(contentsOf: "PLAIN".utf8)
            (try? TLSSession.client(trust, host: "127.0.0.1", port: 1)).map { socket.beginTLS($0) }
            return peer
        }
        await client.send([1, 2])
        let record = await recorder.wait { $0.received.suffix(2) == [1, 2] }
        #expect(record.received.prefix(5).elementsEqual("PLAIN".utf8))
        #expect(await client.run { [$0.bytesTaken, $0.bytesGiven] } == [7, 7])
        await listener.close()
        await group.shutdown()
    }
}
