import Bytes
import Testing
import Webshocket

@Suite("Limits", .timeLimit(.minutes(5)))
struct LimitTests {
    @Test("connections: n are admitted, n + 1 gets 503, and a close frees a place")
    func connections() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.connections = 2
        try await withServer(SampleHandler(), configuration) { server in
            try await withClient(server.url) { _ in
                let second = WebSocketClient(once: server.url)
                try await second.connect()
                let error = await #expect(throws: ClientError.self) { try await withClient(server.url) { _ in } }
                #expect(error?.httpStatus == 503)
                let peer = try await RawPeer(port: server.port)
                #expect(await peer.everything().contains("\r\nRetry-After: "))
                await second.close()
                // The server may see the close a little later. If no place is freed, the test reaches its time limit.
                while (try? await withClient(server.url) { _ in }) == nil {}
            }
        }
    }

    @Test("connections per address: n are admitted, n + 1 gets 429")
    func connectionsPerAddress() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.connectionsPerAddress = 1
        try await withServer(SampleHandler(), configuration) { server in
            try await withClient(server.url) { _ in
                let error = await #expect(throws: ClientError.self) { try await withClient(server.url) { _ in } }
                #expect(error?.httpStatus == 429)
            }
        }
    }

    @Test("message size: n bytes are accepted, n + 1 closes with 1009")
    func messageSize() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.messageSize = 1_000
        try await withServer(configuration, routes: { WebSocketRoute("/", access: .everyone) { $0.send($1) } }) {
            server in
            try await withRawClient(server.url) { client in
                try await client.send(.binary([UInt8](repeating: 7, count: 1_000)))
                #expect(try await client.receive() == .binary([UInt8](repeating: 7, count: 1_000)))
                try await client.send(.binary([UInt8](repeating: 7, count: 1_001)))
                let error = await #expect(throws: ClientError.self) { try await client.receive() }
                #expect(error?.closure?.code == .messageTooBig)
            }
        }
    }

    @Test("depth and elements: a packet above the limit is refused, and the connection stays open")
    func packetCaps() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.depth = 6
        configuration.limits.elements = 60
        try await withServer(SampleHandler(), configuration) { server in
            try await withRawClient(server.url) { client in
                func ask(_ value: String) async throws -> WebSocketMessage {
                    let head = #"{"source":5,"rpc":{"type":"request","method":"echo","call_id":"i","args":["#
                    try await client.send(.text("\(head)\(value)]}}"))
                    return try await client.receive()
                }
                func expect(_ value: String, isRefused: Bool) async throws {
                    let answer = try await ask(value)
                    let text = try answer.asText
                    #expect(text.contains(#""call_id":"i","#) && text.contains("-32700") == isRefused)
                }
                try await expect("[[[]]]", isRefused: false)
                try await expect("[[[[]]]]", isRefused: true)
                try await expect("[1\(String(repeating: ",1", count: 30))]", isRefused: false)
                try await expect("[1\(String(repeating: ",1", count: 60))]", isRefused: true)
                try await expect("1", isRefused: false)
            }
        }
    }

    @Test("reply size: n + 1 bytes are replaced by an error, and the connection stays open")
    func replySize() async throws {
        let text = String(repeating: "x", count: 800)
        var reply = ByteBuffer()
        let response = RPCResponse(callID: "1", data: .string(text))
        try PacketCodec.messagePack.write(Packet(source: .rpc, rpc: .response(response)), into: &reply)
        var configuration = ServerConfiguration.quiet
        configuration.limits.replySize = reply.count
        try await withServer(SampleHandler(), configuration) { server in
            try await withClient(server.url) { client in
                try await client.expect(error: nil, from: "echo", .string(text))
                try await client.expect(error: .replyTooLarge, from: "echo", .string(text + "x"))
                try await client.expect(3, from: "add", 1, 2)
            }
        }
    }

    /// Counts how many of its calls run at a time.
    final class Crowd: WebSocketHandler {
        let access = Access.everyone
        let most = Collected<Int>()
        let running = Collected<Int>()

        func work(_ connection: Connection) async throws {
            running.append(1)
            most.append(running.values.reduce(0, +))
            try await Task.sleep(for: .milliseconds(2))
            running.append(-1)
        }

        var methods: RPCMethods { RPCMethod("work", work) }
    }

    @Test("calls in flight: reading stops at the limit, and every call is answered")
    func callsInFlight() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.callsInFlight = 4
        let crowd = Crowd()
        try await withServer(crowd, configuration) { server in
            try await withClient(server.url) { client in
                try await withThrowingTaskGroup(of: RPCResponse.self) { group in
                    for _ in 0..<60 { group.addTask { try await client.sendRPC("work") } }
                    for try await response in group { #expect(response.error == nil) }
                }
            }
        }
        #expect(crowd.most.values.count == 60)
        #expect(crowd.most.values.max() == 4)
    }

    @Test("unread replies: reading stops at the limit, and all replies arrive when the peer reads")
    func unreadReplies() async throws {
        try await withServer(SampleHandler()) { server in
            let peer = try await RawPeer(port: server.port, reads: false)
            peer.send(RawFrame.upgrade)
            let text = String(repeating: "x", count: 10_000)
            let count = 3_000
            let call = RawFrame.call("echo", "\"\(text)\"")
            for _ in 0..<count { peer.send(call) }
            // Meanwhile the server serves other peers, and this peer's calls stay unsent.
            for _ in 0..<20 {
                try await withClient(server.url) { client in try await client.expect(3, from: "add", 1, 2) }
            }
            #expect(await peer.unsentBytes > count * 10_000 / 3)
            peer.resumeReading()
            let bytes = await peer.received { $0.count >= count * 10_000 }
            #expect(bytes.count >= count * 10_000)
            peer.close()
        }
    }

    /// Pushes 20 MB to a peer, and records the closure of its connection.
    final class Pusher: WebSocketHandler {
        let access = Access.everyone
        let closed = Gate()
        let closures = Collected<ConnectionClosure>()

        func push(_ connection: Connection) {
            for _ in 0..<20_000 { connection.send(WebSocketMessage.binary([UInt8](repeating: 1, count: 1_024))) }
        }

        nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {
            closures.append(closure)
            closed.open()
        }

        var methods: RPCMethods { RPCMethod("push", push) }
    }

    @Test("outbound queue: a peer that does not read pushed messages is disconnected with 1013")
    func slowConsumer() async throws {
        let pusher = Pusher()
        var configuration = ServerConfiguration.quiet
        configuration.timeouts.close = .milliseconds(100)
        try await withServer(pusher, configuration) { server in
            let peer = try await RawPeer(port: server.port, reads: false)
            peer.send(RawFrame.upgrade)
            peer.send(RawFrame.call("push"))
            await pusher.closed.wait()
            #expect(pusher.closures.values.map(\.code) == [.tryAgainLater])
            #expect(pusher.closures.values.map(\.reason) == ["Slow consumer"])
            peer.resumeReading()
            let bytes = await peer.received { _ in false }
            #expect(bytes.count < 16 * 1_048_576)
        }
    }

    @Test("handshake timeout: a peer that sends its request too slowly is dropped")
    func handshakeDeadline() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.timeouts.handshake = .milliseconds(50)
        try await withServer(SampleHandler(), configuration) { server in
            let peer = try await RawPeer(port: server.port)
            peer.send("GET / HTTP/1.1\r\nX: ")
            while !peer.isClosed {
                peer.send("x")
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(await peer.everything() == "")
        }
    }

    @Test("close timeout: a peer that does not answer the close frame is dropped")
    func closeDeadline() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.timeouts.close = .milliseconds(50)
        try await withServer(
            configuration, routes: { WebSocketRoute("/", access: .everyone) { connection, _ in connection.close() } }
        ) { server in
            let peer = try await RawPeer(port: server.port)
            peer.send(RawFrame.upgrade)
            peer.send(RawFrame.text("bye"))
            let bytes = await peer.received { _ in false }
            #expect(bytes.suffix(4) == [0x88, 2, 0x03, 0xE8])
        }
    }
}
