import Testing
import Webshocket

@Suite("A token as the first message", .timeLimit(.minutes(5)))
struct TokenTests {
    private static let codecs = [PacketCodec.json, .messagePack]

    @Test("admits its sender, with user and attributes set before onConnect", arguments: codecs)
    func admits(codec: PacketCodec) async throws {
        let doorman = Doorman()
        try await withServer(doorman) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                try await peer.expect(true, from: "__authenticate__", "ann")
                try await peer.expect(["userID": "ann", "isAdmin": true, "from": "token"], from: "attributes")
                try await peer.expect("Sensitive Data", from: "secret")
                try await peer.expect(["ann"], from: "users")
            }
            await doorman.hasLeft.wait()
        }
        #expect(doorman.events.values.prefix(2) == ["token ann at /", "connect ann"])
        #expect(doorman.events.values.last?.hasPrefix("disconnect ann") == true)
    }

    @Test("is checked before any later message is handled", arguments: codecs)
    func order(codec: PacketCodec) async throws {
        try await withServer(Doorman()) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                try peer.call("__authenticate__", ["yielding"], id: "1")
                try peer.call("__ping__", [], id: "2")
                try peer.call("attributes", [], id: "3")
                for id in ["1", "2", "3"] { #expect(try await peer.response().callID == id) }
            }
        }
    }

    @Test(
        "that is refused gets a response, and the connection is closed",
        arguments: [
            (WireValue.string(""), RPCErrorCode.accessDenied, "Please authenticate.", CloseCode.policyViolation),
            ("words", .accessDenied, "No such token.", .policyViolation),
            ("locked", .internalError, nil, .internalError),
            (7, .invalidParameters, "expected one argument: the token, a string", .policyViolation),
            ("broken", .internalError, nil, .internalError),
            ("again", .internalError, nil, .internalError),
        ] as [(WireValue, RPCErrorCode, String?, CloseCode)])
    func refuses(token: WireValue, code: RPCErrorCode, message: String?, close: CloseCode) async throws {
        let doorman = Doorman()
        let lines = Collected<String>()
        var configuration = ServerConfiguration.quiet
        configuration.log = LogSink { _, line in lines.append(line) }
        try await withServer(doorman, configuration) { server in
            for codec in Self.codecs {
                try await PacketPeer.connected(to: server, codec) { peer in
                    try peer.call("__authenticate__", [token])
                    try peer.call("attributes", [])
                    let answer = try await peer.response()
                    #expect(answer.error == code)
                    if let message { #expect(answer.data == .string(message)) }
                    try await peer.expectClose(close, close == .internalError ? "" : "Authentication failed")
                }
            }
        }
        #expect(!doorman.events.values.contains { $0.hasPrefix("connect") || $0.hasPrefix("disconnect") })
        let isInternal = message == nil
        #expect(lines.values.count == (isInternal ? 2 : 0), "\(lines.values)")
    }

    @Test(
        "is required; any other message closes the connection",
        arguments: [
            #"{"source":5,"rpc":{"type":"request","method":"attributes","call_id":"a"}}"#,
            #"{"source":5,"rpc":{"type":"request","method":"__ping__","call_id":"a"}}"#,
            #"{"source":5,"rpc":{"type":"request","method":"__subscribe__","args":["news"],"call_id":"a"}}"#,
            #"{"source":5,"rpc":{"type":"response","call_id":"a","response":1}}"#,
            #"{"source":4,"data":"hello"}"#, "hello", "{", "",
        ])
    func others(text: String) async throws {
        let doorman = Doorman()
        try await withServer(doorman) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                peer.send(.text(text))
                try await peer.expectClose(.authenticationRequired, "Authentication required")
            }
        }
        #expect(doorman.events.values.isEmpty)
    }

    @Test("may have 8 KiB, while later messages have the usual limit")
    func size() async throws {
        try await withServer(Doorman()) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                peer.send(.text(String(repeating: "x", count: 8_193)))
                try await peer.expectClose(.messageTooBig, "message above the limit")
            }
            try await PacketPeer.connected(to: server, .json) { peer in
                let name = String(repeating: "n", count: 8_000)
                try await peer.expect(true, from: "__authenticate__", .string(name))
                let text = String(repeating: "x", count: 100_000)
                try await peer.expect(error: nil, from: "note", .string(text))
            }
        }
    }

    @Test("must be sent in time")
    func deadline() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.timeouts.authentication = .milliseconds(30)
        try await withServer(Doorman(), configuration) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                try await peer.expectClose(.authenticationTimedOut, "Authentication timed out")
            }
        }
    }

    @Test("is abandoned if its check takes too long, and the closure is cancelled")
    func slow() async throws {
        let doorman = Doorman()
        var configuration = ServerConfiguration.quiet
        configuration.timeouts.authentication = .milliseconds(200)
        try await withServer(doorman, configuration) { server in
            let peer = try await RawPeer(port: server.port)
            // In a single write, so that the token arrives before its time limit.
            peer.send(Array(RawFrame.upgrade.utf8) + RawFrame.call("__authenticate__", #""slow""#))
            let end = Array("Authentication took too long".utf8)
            let bytes = await peer.received { $0.firstRange(of: end) != nil }
            #expect(bytes.firstRange(of: [0x03, 0xF5] + end) != nil)
            peer.close()
            await doorman.wasCancelled.wait()
        }
        #expect(doorman.events.values == ["token slow at /", "cancelled"])
    }

    @Test("is not checked further if its sender disconnects", arguments: [true, false])
    func leaves(isShutdown: Bool) async throws {
        let doorman = Doorman()
        var configuration = ServerConfiguration.quiet
        configuration.timeouts.close = .milliseconds(50)
        try await withServer(doorman, configuration) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                try peer.call("__authenticate__", ["slow"])
                await doorman.isWaiting.wait()
                if isShutdown { await server.stop(within: .patient) } else { peer.close() }
                await doorman.wasCancelled.wait()
            }
        }
        #expect(doorman.events.values == ["token slow at /", "cancelled"])
    }

    @Test("is awaited while pings of both sides are answered")
    func heartbeat() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.timeouts.heartbeat = Heartbeat(interval: .milliseconds(20), timeout: .milliseconds(20))
        try await withServer(Doorman(), configuration) { server in
            let peer = try await RawPeer(port: server.port)
            peer.send(Array(RawFrame.upgrade.utf8) + RawFrame.masked(9, [7]))
            let bytes = await peer.received { _ in false }
            #expect(bytes.firstRange(of: [0x8A, 1, 7]) != nil && bytes.firstRange(of: [0x89, 0]) != nil)
            #expect(bytes.firstRange(of: Array("Ping timeout".utf8)) != nil)
        }
    }

    @Test("is awaited by a connection that is in no list and receives no broadcasts")
    func unseen() async throws {
        try await withServer(Doorman()) { server in
            try await PacketPeer.connected(to: server, .json) { waiting in
                try await PacketPeer.connected(to: server, .json) { peer in
                    try await peer.expect(true, from: "__authenticate__", "ann")
                    try await peer.expect(error: nil, from: "attributes")
                    #expect(server.hub.connections.map(\.userID) == ["ann"])
                    try server.hub.broadcast("hello")
                    #expect(try await peer.packet().data == "hello")
                }
                // The first packet is the response, so no broadcast was received.
                try await waiting.expect(true, from: "__authenticate__", "bob")
            }
        }
    }

    @Test("is not accepted on a path without a closure for tokens")
    func unknown() async throws {
        try await withServer(SampleHandler()) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                try await peer.expect(error: .methodNotFound, from: "__authenticate__", "ann")
                try await peer.expect(.null, from: "__ping__")
            }
        }
        try await withServer(Doorman(takesTokens: false)) { server in
            try await PacketPeer.connected(to: server, path: "/?as=ann", .json) { peer in
                try await peer.expect(error: .methodNotFound, from: "__authenticate__", "bob")
            }
        }
    }
}
