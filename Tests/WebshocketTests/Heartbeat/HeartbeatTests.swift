import EventLoops
import Testing
import Webshocket

@Suite("Heartbeats", .timeLimit(.minutes(5)))
struct HeartbeatTests {
    /// Records its connections, and how they ended.
    final class Handler: WebSocketHandler {
        let access = Access.everyone
        let connections = Collected<Connection>()
        let closures = Collected<ConnectionClosure>()
        let mayConnect = Gate()

        nonisolated(nonsending) func onConnect(_ connection: Connection) async throws {
            connections.append(connection)
            if connection.query == "held" { await mayConnect.wait() }
        }

        nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {
            closures.append(closure)
        }

        func much(_ connection: Connection) -> String { String(repeating: "m", count: 16_000_000) }
        func length(_ connection: Connection, text: String) -> Int { text.utf8.count }

        var methods: RPCMethods {
            RPCMethod("much", much)
            RPCMethod("length", length)
        }
    }

    private static let ping: [UInt8] = [0x89, 0]
    private static let pong: [UInt8] = [0x8A, 0]
    private static let end = [0x88, 14, 0x03, 0xF3] + Array("Ping timeout".utf8)

    private static func configuration(interval: Int = 40, timeout: Int = 40, missed: Int = 1) -> ServerConfiguration {
        var configuration = ServerConfiguration.quiet
        configuration.timeouts.heartbeat = Heartbeat(
            interval: .milliseconds(interval), timeout: .milliseconds(timeout), missedPings: missed)
        return configuration
    }

    private static func peer(
        _ server: WebSocketServer, target: String = "/", reads: Bool = true, sending bytes: [UInt8] = []
    ) async throws -> RawPeer {
        let peer = try await RawPeer(port: server.port, reads: reads)
        peer.send(Array(RawFrame.upgrade.replacing("GET / ", with: "GET \(target) ").utf8) + bytes)
        return peer
    }

    private static func frames(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        bytes[(bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound ?? 0)...]
    }

    /// Counts the frames without a payload in a received stream that contains no other frames with these bytes.
    private static func count(_ frame: [UInt8], _ bytes: [UInt8]) -> Int { frames(bytes).ranges(of: frame).count }

    @Test("drops a peer that answers no ping, with 1011 after interval and timeout, and releases its resources")
    func silence() async throws {
        let handler = Handler()
        try await withServer(handler, Self.configuration()) { server in
            let start = ContinuousClock.now
            let peer = try await Self.peer(server)
            let bytes = await peer.received { _ in false }
            #expect(ContinuousClock.now - start >= .milliseconds(80))
            #expect(Array(Self.frames(bytes)) == Self.ping + Self.end)
            try await until { server.connectionCount == 0 }
        }
        #expect(handler.closures.values == [ConnectionClosure(.internalError, reason: "Ping timeout", isClean: false)])
    }

    @Test("does not accept a trickle of bytes within one frame as a sign of life")
    func trickle() async throws {
        try await withServer(Handler(), Self.configuration()) { server in
            let header = RawFrame.masked(2, [UInt8](repeating: 0, count: 60_000)).prefix(8)
            let peer = try await Self.peer(server, sending: Array(header))
            while !peer.isClosed {
                peer.send([0])
                try await Task.sleep(for: .milliseconds(2))
            }
            #expect(Array(Self.frames(await peer.received { _ in true })).suffix(Self.end.count) == Self.end)
        }
    }

    /// Connects a peer that answers each ping with the next element of `parts`, until there are none left.
    private static func peer(_ server: WebSocketServer, answeringPingsWith parts: [[UInt8]]) async throws -> RawPeer {
        let left = Locked(parts[...])
        let peer = try await RawPeer(port: server.port) { bytes in
            bytes.contains(ping[0]) ? left.withLock { $0.popFirst() } ?? [] : []
        }
        peer.send(RawFrame.upgrade)
        return peer
    }

    @Test("keeps a peer that uploads a large message at 16 KiB per ping")
    func slowUpload() async throws {
        try await withServer(Handler(), Self.configuration(interval: 20, timeout: 5_000)) { server in
            let message = RawFrame.call("length", "\"\(String(repeating: "u", count: 70_000))\"")
            let parts = (0..<3).map { Array(message.dropFirst($0 * 16_384).prefix(16_384)) }
            let rest = Array(message.dropFirst(3 * 16_384))
            let peer = try await Self.peer(server, answeringPingsWith: parts + [rest])
            let bytes = await peer.received { String(decoding: $0, as: UTF8.self).contains("70000") }
            #expect(String(decoding: bytes, as: UTF8.self).contains("70000"))
            peer.close()
        }
    }

    @Test(
        "accepts any message, ping or pong as a sign of life",
        arguments: [RawFrame.call("nothing"), RawFrame.masked(9, []), RawFrame.masked(10, Array("own".utf8))])
    func signsOfLife(frame: [UInt8]) async throws {
        try await withServer(Handler(), Self.configuration(interval: 20, timeout: 5_000)) { server in
            let peer = try await Self.peer(server, answeringPingsWith: [frame, frame])
            // A ping without a sign of life would not be followed by another before its timeout.
            let bytes = await peer.received { Self.count(Self.ping, $0) >= 3 }
            #expect(!peer.isClosed && Self.count(Self.ping, bytes) == 3)
            peer.close()
        }
    }

    @Test("does not judge a peer while reading is paused, sends it pongs, and starts again afterwards")
    func paused() async throws {
        let handler = Handler()
        // The server stops reading when one message waits for the handler.
        var configuration = Self.configuration()
        configuration.limits.waitingMessages = 1
        try await withServer(handler, configuration) { server in
            let peer = try await Self.peer(server, target: "/?held", sending: RawFrame.call("nothing"))
            let bytes = await peer.received { Self.count(Self.pong, $0) >= 12 }
            #expect(!peer.isClosed && Self.count(Self.ping, bytes) == 1)
            #expect(handler.closures.values == [])
            handler.mayConnect.open()
            #expect(Array(await peer.received { _ in false }).suffix(Self.end.count) == Self.end)
        }
    }

    @Test("does not drop a peer that stops reading, and queues at most one ping for it")
    func backPressure() async throws {
        let handler = Handler()
        try await withServer(handler, Self.configuration()) { server in
            let peer = try await Self.peer(server, reads: false, sending: RawFrame.call("much"))
            try await until { (await handler.connections.values.first?.queuedBytes ?? 0) >= 1_000_000 }
            for _ in 0..<4 { _ = await (try await Self.peer(server)).received { _ in false } }
            // Each handler is notified after its peer has received the end.
            await handler.closures.wait(count: 4)
            let connection = try #require(handler.connections.values.first)
            #expect(connection.state == .open)
            #expect(handler.closures.values.count == 4)
            peer.resumeReading()
            let bytes = await peer.received { Self.count(Self.ping, Array($0.suffix(64))) > 0 }
            #expect(Self.count(Self.ping, Array(bytes.suffix(200))) == 1)
            peer.close()
        }
    }

    @Test("reports a lost connection to a client whose server is silent")
    func stalledServer() async throws {
        let server = try await StallingServer()
        var configuration = ClientConfiguration(codec: .json)
        // The timeout starts with the upgrade, and the server must answer the hello within it.
        configuration.heartbeat = Heartbeat(interval: .milliseconds(40), timeout: .seconds(3))
        let client = WebSocketClient(once: server.url, configuration: configuration)
        try await client.connect()
        let error = await #expect(throws: ClientError.self) { try await client.receive() }
        #expect(
            error?.closure == ConnectionClosure(.abnormal, reason: "No sign of life from the server", isClean: false))
        await server.stop()
    }

    @Test("keeps an idle connection, and one whose server has paused reading, with heartbeats on both sides")
    func bothSides() async throws {
        let handler = Handler()
        var configuration = ClientConfiguration(codec: .json)
        configuration.heartbeat = Heartbeat(interval: .milliseconds(100), timeout: .seconds(4))
        try await withServer(handler, Self.configuration(interval: 100, timeout: 4_000)) { server in
            let idle = WebSocketClient(once: server.url, configuration: configuration)
            try await idle.connect()
            let held = WebSocketClient(once: server.url(path: "/?held"), configuration: configuration)
            // The hello is answered when the handler has returned from `onConnect`.
            let connecting = Task { try await held.connect() }
            // A silent peer takes longer to be dropped than either side's heartbeat needs.
            _ = await (try await Self.peer(server)).received { _ in false }
            handler.mayConnect.open()
            try await connecting.value
            try await idle.expect(1, from: "length", "x")
            try await held.expect(2, from: "length", "xy")
            await idle.close()
            await held.close()
        }
    }

    @Test("uses a few timers per loop, not one per connection")
    func timers() async throws {
        let handler = Handler()
        try await withServer(handler, Self.configuration(interval: 25_000, timeout: 20_000)) { server in
            var clients: [WebSocketClient] = []
            for _ in 0..<200 {
                let client = WebSocketClient(once: server.url)
                try await client.connect()
                clients.append(client)
            }
            await handler.connections.wait(count: 200)
            var timers: [ObjectIdentifier: Int] = [:]
            for loop in handler.connections.values.map(\.loop) {
                timers[ObjectIdentifier(loop)] = await loop.run { loop.timerCount }
            }
            #expect(timers.values.allSatisfy { $0 <= 3 }, "\(timers)")
            for client in clients { await client.close() }
        }
    }
}
