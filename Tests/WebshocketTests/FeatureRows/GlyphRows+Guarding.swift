import Testing
import Webshocket

extension GlyphRows {
    /// Admits one user, accepts 3 packets an hour, and can flood a peer that does not read.
    private struct Guarded: WebSocketHandler {
        var access: Access {
            .authenticated { $0.cookies["session"] == "ann" ? .admit(userID: "ann") : .refuse(.unauthorized) }
                .rateLimit(3, per: "1h")
        }

        func flood(_ connection: Connection) throws {
            for _ in 0..<5_000 { try connection.send(String(repeating: "x", count: 10_000)) }
        }

        func add(_ connection: Connection, a: Int, b: Int) -> Int { a + b }

        var methods: RPCMethods {
            RPCMethod("add", add)
            RPCMethod("flood", flood)
        }

        var messages: MessageHandlers {
            OnEvent("typing") { (connection: Connection, room: String) in try connection.send(room, event: "heard") }
        }

        func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {
            guard closure.code == .tryAgainLater else { return }
            floods.append(closure.reason)
            hasFlooded.open()
        }

        let floods = Collected<String>()
        let hasFlooded = Gate()
    }

    @Test(
        """
        Origin checks, validation, authentication at the handshake, rate limits on messages; bounded buffers per \
        connection
        """)
    func guarding() async throws {
        let guarded = Guarded()
        var configuration = ServerConfiguration.quiet
        configuration.timeouts.close = .milliseconds(50)
        try await withServer(guarded, configuration) { server in
            for (headers, status) in [
                ([("Cookie", "session=ann"), ("Origin", "https://evil.example")], 403),
                ([("Cookie", "session=eve")], 401), ([], 401),
            ] {
                var configuration = ClientConfiguration()
                for (name, value) in headers { try configuration.headers.add(name: name, value: value) }
                let stranger = WebSocketClient(once: server.url, configuration: configuration)
                let error = await #expect(throws: ClientError.self) { try await stranger.connect() }
                #expect(error?.httpStatus == status)
            }
            var configuration = ClientConfiguration()
            try configuration.headers.add(name: "Cookie", value: "session=ann")
            let ann = WebSocketClient(once: server.url, configuration: configuration)
            try await ann.connect()
            #expect(server.hub.users == ["ann": 1])
            try await ann.expect(error: .invalidParameters, from: "add", 1, "two")
            try await ann.send("lobby", event: "typing")
            #expect(try await ann.receive() == Packet(source: .custom, data: "lobby", event: "heard"))
            try await ann.expect(3, from: "add", 1, 2)
            try await ann.expect(error: .rateLimited, from: "add", 1, 2)
            await ann.close()
            let peer = try await RawPeer(port: server.port, reads: false)
            peer.send(RawFrame.upgrade.dropLast() + "Cookie: session=ann\r\n\r\n")
            peer.send(RawFrame.call("flood"))
            await guarded.hasFlooded.wait()
            peer.close()
        }
        #expect(guarded.floods.values == ["Slow consumer"])
    }
}
