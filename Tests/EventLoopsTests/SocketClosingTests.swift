import Bytes
import EventLoops
import Foundation
import Testing

@Suite("A closing socket", .timeLimit(.minutes(5)))
struct SocketClosingTests {
    @Test("notifies its delegate of the close once, as the last event, and releases it")
    func closes() async throws {
        try await withServer { listener, accepted, loop in
            weak var released: Recorder?
            do {
                let recorder = Recorder()
                released = recorder
                let client = try await Peer.connect(to: listener.localAddress, on: loop, recorder)
                let closedInside = await client.run { socket in
                    socket.close()
                    socket.close()
                    socket.closeAfterFlush()
                    socket.setNeedsFlush()
                    return recorder.record.closes
                }
                #expect(closedInside == 0, "the delegate was called from inside a call into the socket")
                let record = await recorder.closed()
                #expect(record.closes == 1 && record.error == nil && record.late == 0)
                await client.loop.run {}
            }
            let server = try await accepted.next()
            await server.recorder.wait { $0.ends == 1 }
            await loop.run {}
            #expect(released == nil)
        }
    }

    @Test("notifies a delegate that is set after the close", arguments: [false, true])
    func startedTooLate(afterRelease: Bool) async throws {
        try await withServer { listener, _, loop in
            let socket = try await Socket.connect(
                to: Endpoint(listener.localAddress), on: loop, timeout: .seconds(50)
            ) { socket in
                socket.close()
                return LoopBound(socket, loop: loop)
            }
            let recorder = Recorder()
            if afterRelease { await loop.run {} }
            await loop.run { socket.value.start(delegate: recorder) }
            let record = await recorder.closed()
            #expect(record.closes == 1 && record.error == nil && record.reads == 0)
        }
    }

    @Test("delivers only the close event after its delegate has closed it")
    func closesWhileReading() async throws {
        let closing = Recorder(onRead: { socket, _ in socket.close() })
        try await withServer(delegate: { closing }) { listener, accepted, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            await client.send([UInt8](repeating: 1, count: 300_000))
            let record = await closing.closed()
            #expect(record.reads == 1 && record.ends == 0)
            _ = try await accepted.next()
            let ended = await client.recorder.wait { $0.ends + $0.closes > 0 }
            #expect(ended.error == nil || ended.error?.code == .connectionReset || ended.error?.code == .brokenPipe)
            #expect(closing.record.late == 0)
        }
    }

    @Test(
        "writes its queued bytes, then FIN, even if bytes of its peer are unread", arguments: [0, 5_000_000])
    func closesAfterFlush(count: Int) async throws {
        try await withServer { listener, accepted, loop in
            let client = try await Peer.connect(
                to: listener.localAddress, on: loop, Recorder(onEnd: { $0.close() }))
            let server = try await accepted.next()
            await server.run { $0.pauseReading() }
            await client.send([UInt8](repeating: 7, count: 100_000))
            await server.run { socket in
                socket.outbox.append(contentsOf: [UInt8](repeating: 1, count: count))
                socket.closeAfterFlush()
            }
            let record = await client.recorder.closed()
            #expect(record.received.count == count && record.ends == 1 && record.error == nil)
            let closed = await server.recorder.closed()
            #expect(closed.error == nil && closed.received.isEmpty)
        }
    }

    @Test("times out if its peer does not read the queued bytes")
    func flushDeadline() async throws {
        try await withServer { listener, accepted, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            await client.run { $0.pauseReading() }
            let server = try await accepted.next()
            await server.run { socket in
                socket.outbox.append(contentsOf: [UInt8](repeating: 1, count: 16_000_000))
                socket.closeAfterFlush(within: .milliseconds(20))
            }
            #expect(await server.recorder.closed().error?.code == .timedOut)
        }
    }

    @Test("waits for its peer's FIN only for a limited time")
    func linger() async throws {
        try await withServer { listener, accepted, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            let server = try await accepted.next()
            await server.run { $0.closeAfterFlush() }
            await client.recorder.wait { $0.ends == 1 }
            #expect(await server.recorder.closed().error == nil)
        }
    }

    @Test("can still write after its peer has sent its last byte")
    func halfClose() async throws {
        let answering = Recorder(onEnd: { socket in
            socket.outbox.append(contentsOf: [4, 5, 6])
            socket.closeAfterFlush()
        })
        try await withServer(delegate: { answering }) { listener, accepted, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            let server = try await accepted.next()
            // The client sends its FIN, and discards the bytes that it receives afterwards.
            await client.run { $0.closeAfterFlush() }
            let record = await answering.closed()
            #expect(record.ends == 1 && record.error == nil)
            #expect(await server.run { $0.writeCalls } == 1)
            #expect(await client.recorder.closed().error == nil)
        }
    }

    @Test("closes with an error if its peer resets the connection")
    func reset() async throws {
        try await withServer { listener, accepted, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            let server = try await accepted.next()
            await server.run { $0.pauseReading() }
            await client.send([1, 2, 3])
            // Because there are unread bytes, the close sends a reset.
            await server.close()
            let record = await client.recorder.closed()
            #expect(record.error?.code == .connectionReset)
        }
    }

    @Test("closes with an error if it writes to a disconnected peer")
    func writeError() async throws {
        try await withServer(on: .unix(path: temporaryPath())) { listener, accepted, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            let server = try await accepted.next()
            await client.run { $0.pauseReading() }
            await server.close()
            await client.send([1])
            // On a slow machine, `HangUpWatch` may detect the disconnect first.
            let errors = [SocketError(.brokenPipe, .write), SocketError(.connectionReset, .read)]
            #expect(await errors.contains(client.recorder.closed().error ?? SocketError(.cancelled, .close)))
        }
    }

    @Test("detects a disconnected peer while reading is paused")
    func goneWhilePaused() async throws {
        try await withServer(on: .unix(path: temporaryPath())) { listener, accepted, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            let server = try await accepted.next()
            await client.run { $0.pauseReading() }
            await server.close()
            #expect(await client.recorder.closed().error == SocketError(.connectionReset, .read))
        }
    }

    @Test("distinguishes connected, half-closed and disconnected peers while reading is paused")
    func hangUpStates() {
        var ends: [Int32] = []
        for _ in 0..<3 {
            var pair: [Int32] = [-1, -1]
            #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
            ends += pair
        }
        shutdown(ends[3], Int32(SHUT_WR))
        close(ends[5])
        #expect(HangUpWatch.look(at: [ends[0], ends[2], ends[4]]) == [.present, .halfClosed, .gone])
        for end in ends[..<5] { close(end) }
    }
}
