import EventLoops
import Testing
import Webshocket

@Suite("Backpressure", .timeLimit(.minutes(5)))
struct BackPressureTests {
    /// Records its connections and their closures.
    final class Watched: WebSocketHandler {
        let access = Access.everyone
        let connections = Collected<Connection>()
        let closures = Collected<ConnectionClosure>()
        let begun = Collected<Int>()
        let released = Gate()
        let ended = Gate()

        nonisolated(nonsending) func onConnect(_ connection: Connection) async throws {
            connections.append(connection)
        }

        nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {
            closures.append(closure)
            ended.open()
        }

        func large(_ connection: Connection) async -> [UInt8] {
            begun.append(1)
            await released.wait()
            return [UInt8](repeating: 1, count: 1_000_000)
        }

        func huge(_ connection: Connection) -> String {
            begun.append(1)
            return String(repeating: "x", count: 15_000_000)
        }

        func hold(_ connection: Connection) async {
            begun.append(1)
            try? await Task.sleep(for: .seconds(60))
        }

        func burst(_ connection: Connection, count: Int, size: Int) {
            for _ in 0..<count { connection.send(.binary([UInt8](repeating: 2, count: size))) }
        }

        func bye(_ connection: Connection) { connection.close(.normal, reason: "bye") }

        var methods: RPCMethods {
            RPCMethod("large", large)
            RPCMethod("huge", huge)
            RPCMethod("hold", hold)
            RPCMethod("burst", burst)
            RPCMethod("bye", bye)
        }
    }

    private func upgraded(_ server: WebSocketServer, reads: Bool = true) async throws -> RawPeer {
        let peer = try await RawPeer(port: server.port, reads: reads)
        peer.send(RawFrame.upgrade)
        return peer
    }

    @Test("a large reply does not make a peer a slow consumer, but messages pushed after it do")
    func pushesBehindReply() async throws {
        let handler = Watched()
        var configuration = ServerConfiguration.quiet
        // The peer does not answer the close frame, and may need a long time to read the bytes before it.
        configuration.timeouts.close = .seconds(1_000)
        try await withServer(handler, configuration) { server in
            let peer = try await upgraded(server, reads: false)
            peer.send(RawFrame.call("huge"))
            await handler.begun.wait(count: 1)
            let connection = try #require(handler.connections.values.first)
            try await until { await connection.queuedBytes >= 2_000_000 }
            for number in 0..<100 { try connection.send(number) }
            let before = await connection.queuedBytes
            #expect(before > 2_000_000 && handler.closures.values.isEmpty)
            for _ in 0..<30 { connection.send(.binary([UInt8](repeating: 2, count: 100_000))) }
            // Most of them are dropped because the peer has not started to read.
            #expect(await connection.queuedBytes < before + 1_300_000)
            peer.resumeReading()
            let bytes = await peer.received { RawFrame.tail(of: $0, 16, has: "Slow consumer") }
            #expect(bytes.suffix(16).contains(sequence: "Slow consumer"))
            peer.close()
        }
    }

    @Test("replies of asynchronous calls are queued until the peer reads, up to limits.replyQueue")
    func asynchronousReplies() async throws {
        let handler = Watched()
        var configuration = ServerConfiguration.quiet
        configuration.limits.replyQueue = 200_000_000
        try await withServer(handler, configuration) { server in
            let peer = try await upgraded(server, reads: false)
            for id in 0..<20 { peer.send(RawFrame.call("large", id: "\(id)")) }
            await handler.begun.wait(count: 20)
            let connection = try #require(handler.connections.values.first)
            handler.released.open()
            // The kernel's buffers cannot hold the remaining bytes.
            while await connection.queuedBytes < 15_000_000 {
                try #require(handler.closures.values.isEmpty)
                try await Task.sleep(for: .milliseconds(2))
            }
            peer.resumeReading()
            let bytes = await peer.received { $0.count > 26_600_000 }
            #expect(bytes.count > 26_600_000)
            peer.close()
        }
    }

    @Test("a large burst from one method call does not make the peer a slow consumer")
    func burst() async throws {
        let handler = Watched()
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                try await client.sendRPC("burst", 2_000, 1_000)
                for _ in 0..<2_000 { _ = try await client.receive() }
            }
        }
    }

    @Test("a disconnect is detected while reading from the peer is paused", arguments: [true, false])
    func goneWhilePaused(sendsMore: Bool) async throws {
        let handler = Watched()
        var configuration = ServerConfiguration.quiet
        configuration.limits.callsInFlight = 2
        try await withServer(handler, configuration) { server in
            let peer = try await upgraded(server)
            for id in 0..<2 { peer.send(RawFrame.call("hold", id: "\(id)")) }
            await handler.begun.wait(count: 2)
            if sendsMore { peer.send(RawFrame.call("hold")) }
            peer.close()
            await handler.ended.wait()
            #expect(handler.closures.values.map(\.code) == [.abnormal])
        }
    }

    @Test("a full inbox delays neither replies nor the end of the connection")
    func fullInbox() async throws {
        let handler = Watched()
        let server = WebSocketServer(port: 0, handler: handler, configuration: .quiet)
        try await server.start()
        var configuration = ClientConfiguration()
        configuration.inboxSize = 100
        // With a heartbeat, a client that does not read sends unsolicited pongs. If the server closes its socket while
        // these are unread, the kernel resets the connection, and bytes that the client has not read are lost.
        configuration.heartbeat = nil
        let client = WebSocketClient(once: server.url, configuration: configuration)
        try await client.connect()
        for _ in 0..<3 { try await client.sendRPC("burst", 100, 10) }
        await server.stop(within: .seconds(1_000))
        try await until { !client.isConnected }
        for _ in 0..<300 { _ = try await client.receive() }
        let error = await #expect(throws: ClientError.self) { try await client.receive() }
        #expect(error?.closure?.code == .goingAway)
    }

    @Test("a connection ends when a client that stops receiving has eight times its inbox size queued")
    func overfullInbox() async throws {
        let handler = Watched()
        try await withServer(handler) { server in
            var configuration = ClientConfiguration()
            configuration.inboxSize = 10
            let client = WebSocketClient(once: server.url, configuration: configuration)
            try await client.connect()
            try await client.sendRPC("burst", 1, 10)
            _ = try await client.receive()
            await #expect(throws: ClientError.self) {
                // The client keeps reading while the call is pending, and too many packets arrive before its reply.
                try await client.sendRPC("burst", 10_000, 10)
            }
            await handler.ended.wait()
            #expect(handler.closures.values.map(\.code) == [.policyViolation])
        }
    }

    @Test("a server that stops still reads a peer's close frame")
    func stopWhileClosing() async throws {
        let handler = Watched()
        var configuration = ServerConfiguration.quiet
        configuration.timeouts.close = .seconds(50)
        let server = WebSocketServer(port: 0, handler: handler, configuration: configuration)
        try await server.start()
        let peer = try await upgraded(server)
        peer.send(RawFrame.call("bye"))
        _ = await peer.received { $0.suffix(3).elementsEqual("bye".utf8) }
        async let stopped: Void = server.stop()
        peer.send(RawFrame.masked(8, [0x03, 0xE8]))
        await stopped
        #expect(handler.closures.values == [ConnectionClosure(.normal, reason: "bye", isClean: true)])
    }

    @Test("a call can be aborted after another call with the same call_id has ended")
    func duplicateIDs() async throws {
        let handler = Watched()
        try await withServer(handler) { server in
            let peer = try await upgraded(server)
            peer.send(RawFrame.call("large", id: "same"))
            peer.send(RawFrame.call("hold", id: "same"))
            await handler.begun.wait(count: 2)
            handler.released.open()
            _ = await peer.received { $0.count > 1_000_000 }
            peer.send(RawFrame.call("__abort__", "\"same\""))
            let bytes = await peer.received { $0.suffix(200).contains(sequence: #""call_id":"same","response":null"#) }
            #expect(bytes.suffix(200).contains(sequence: #""call_id":"same","response":null"#))
            peer.close()
        }
    }
}
