import Bytes
import EventLoops
import Foundation
import Testing

@Suite("A socket that closes", .timeLimit(.minutes(5)))
struct SocketClosingTests {
    @Test("tells its delegate once and last, and lets it go")
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
                #expect(closedInside == 0, "never from inside a call into the socket")
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

    @Test("tells a delegate that came too late to start it", arguments: [false, true])
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

    @Test("gives no event after its delegate closed it in the middle of a batch")
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
        "writes first what was queued, then FIN, though its peer has sent what nobody reads", arguments: [0, 5_000_000])
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

    @Test("gives up on a peer that does not read what was queued")
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

    @Test("does not wait for ever for its peer's FIN")
    func linger() async throws {
        try await withServer { listener, accepted, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            let server = try await accepted.next()
            await server.run { $0.closeAfterFlush() }
            await client.recorder.wait { $0.ends == 1 }
            #expect(await server.recorder.closed().error == nil)
        }
    }

    @Test("may still write after its peer has sent its last byte")
    func halfClose() async throws {
        let answering = Recorder(onEnd: { socket in
            socket.outbox.append(contentsOf: [4, 5, 6])
            socket.closeAfterFlush()
        })
        try await withServer(delegate: { answering }) { listener, accepted, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            let server = try await accepted.next()
            // Its own FIN goes out; what still comes is thrown away, as `closeAfterFlush` promises.
            await client.run { $0.closeAfterFlush() }
            let record = await answering.closed()
            #expect(record.ends == 1 && record.error == nil)
            #expect(await server.run { $0.writeCalls } == 1)
            #expect(await client.recorder.closed().error == nil)
        }
    }

    @Test("closes with an error when its peer resets it")
    func reset() async throws {
        try await withServer { listener, accepted, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            let server = try await accepted.next()
            await server.run { $0.pauseReading() }
            await client.send([1, 2, 3])
            // Unread bytes make the system answer the close with a reset.
            await server.close()
            let record = await client.recorder.closed()
            #expect(record.error?.code == .connectionReset)
        }
    }

    @Test("closes with an error when it writes to a peer that is gone")
    func writeError() async throws {
        try await withServer(on: .unix(path: temporaryPath())) { listener, accepted, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            let server = try await accepted.next()
            await client.run { $0.pauseReading() }
            await server.close()
            await client.send([1])
            // On a machine that is slow enough, the watch over paused sockets is first.
            let errors = [SocketError(.brokenPipe, .write), SocketError(.connectionReset, .read)]
            #expect(await errors.contains(client.recorder.closed().error ?? SocketError(.cancelled, .close)))
        }
    }

    @Test("notices a peer that is gone although nothing is read from it")
    func goneWhilePaused() async throws {
        try await withServer(on: .unix(path: temporaryPath())) { listener, accepted, loop in
            let client = try await Peer.connect(to: listener.localAddress, on: loop)
            let server = try await accepted.next()
            await client.run { $0.pauseReading() }
            await server.close()
            #expect(await client.recorder.closed().error == SocketError(.connectionReset, .read))
        }
    }

    @Test("tells apart, while nothing is read, who is there, who has ended its side, and who is gone")
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
