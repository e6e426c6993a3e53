import Testing
import Webshocket

@Suite("A token on an open connection", .timeLimit(.minutes(5)))
struct RenewalTests {
    private static let codecs = [PacketCodec.json, .messagePack]

    @Test("replaces the last admission, and keeps attributes of the application", arguments: codecs)
    func renews(codec: PacketCodec) async throws {
        let doorman = Doorman()
        try await withServer(doorman) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                try await peer.expect(true, from: "__authenticate__", "ann")
                try await peer.expect(error: nil, from: "note", "mine")
                try await peer.expect(true, from: "__authenticate__", "yielding")
                try await peer.expect(["userID": "yielding", "note": "mine"], from: "attributes")
                try await peer.expect(["yielding"], from: "users")
                try await peer.expect(error: .accessDenied, from: "secret")
            }
            await doorman.hasLeft.wait()
            #expect(server.hub.users.isEmpty)
        }
    }

    @Test(
        "that is refused changes nothing",
        arguments: [
            (WireValue.string(""), RPCErrorCode.accessDenied), ("words", .accessDenied), ("locked", .internalError),
            ("broken", .internalError), ("again", .internalError), (7, .invalidParameters), (.null, .invalidParameters),
        ] as [(WireValue, RPCErrorCode)])
    func refused(token: WireValue, code: RPCErrorCode) async throws {
        try await withServer(Doorman()) { server in
            try await PacketPeer.connected(to: server, path: "/?as=ann", .json) { peer in
                try await peer.expect(error: code, from: "__authenticate__", token)
                try await peer.expect(["userID": "ann", "isAdmin": true], from: "attributes")
                try await peer.expect("Sensitive Data", from: "secret")
            }
        }
    }

    @Test("is checked one at a time and at a limited rate, whether or not it is accepted")
    func bounded() async throws {
        let doorman = Doorman()
        try await withServer(doorman) { server in
            try await PacketPeer.connected(to: server, path: "/?as=ann", .json) { peer in
                try peer.call("__authenticate__", ["slow"], id: "first")
                await doorman.isWaiting.wait()
                let busy = try await peer.expect(error: .rateLimited, from: "__authenticate__", "bob")
                #expect(busy.retryAfter == .seconds(1))
                try peer.call("__abort__", ["first"])
                await doorman.wasCancelled.wait()
                let aborted = try await peer.response()
                #expect(aborted.callID == "first" && aborted.error == .cancelled)
                // On a slow machine, more tokens are allowed, because more time passes.
                var late = try await peer.answer(from: "__authenticate__", "")
                var validated = 1
                while late.error == .accessDenied, validated < 5 * AuthenticationMachine.renewals {
                    validated += 1
                    late = try await peer.answer(from: "__authenticate__", "")
                }
                #expect(late.error == .rateLimited && validated >= AuthenticationMachine.renewals)
                #expect(late.retryAfter != nil)
                try await peer.expect(["userID": "ann", "isAdmin": true], from: "attributes")
            }
        }
        #expect(doorman.events.values.count { $0.hasPrefix("token") } >= AuthenticationMachine.renewals)
    }

    @Test("must be checked within a time limit")
    func slow() async throws {
        let doorman = Doorman()
        var configuration = ServerConfiguration.quiet
        configuration.timeouts.authentication = .milliseconds(100)
        try await withServer(doorman, configuration) { server in
            try await PacketPeer.connected(to: server, path: "/?as=ann", .json) { peer in
                try await peer.expect(error: .deadlineExceeded, from: "__authenticate__", "slow")
                await doorman.wasCancelled.wait()
                try await peer.expect(["userID": "ann", "isAdmin": true], from: "attributes")
            }
        }
    }

    @Test("must be sent before the last admission expires", arguments: [true, false])
    func expiry(isToken: Bool) async throws {
        let doorman = Doorman()
        try await withServer(doorman) { server in
            try await PacketPeer.connected(to: server, path: isToken ? "/" : "/?as=brief", .json) { peer in
                if isToken { try await peer.expect(true, from: "__authenticate__", "brief") }
                try await peer.expectClose(.authenticationExpired, "Authentication expired")
            }
            await doorman.hasLeft.wait()
        }
        #expect(doorman.events.values.last == "disconnect brief 4903 Authentication expired")
    }

    @Test("keeps the connection open if it is sent in time")
    func inTime() async throws {
        try await withServer(Doorman()) { server in
            let peer = try await RawPeer(port: server.port)
            // In a single write, so that it works on a slow machine too.
            peer.send(
                Array(RawFrame.upgrade.utf8) + RawFrame.call("__authenticate__", #""soon""#)
                    + RawFrame.call("__authenticate__", #""ann""#))
            _ = await peer.received { $0.ranges(of: Array(#""response":true"#.utf8)).count == 2 }
            // A connection that was admitted later, for the same time, ends when that time has passed.
            try await PacketPeer.connected(to: server, .json) { later in
                try await later.expect(true, from: "__authenticate__", "soon")
                try await later.expectClose(.authenticationExpired, "Authentication expired")
            }
            try await until { server.hub.users.count == 1 }
            peer.send(RawFrame.call("users"))
            let bytes = await peer.received { $0.firstRange(of: Array(#"["ann"]"#.utf8)) != nil }
            #expect(bytes.firstRange(of: Array("expired".utf8)) == nil)
            #expect(bytes.firstRange(of: Array(#"["ann"]"#.utf8)) != nil)
            peer.close()
        }
    }

    @Test("can be sent as a notification, and while the limit on calls in flight is reached")
    func unanswered() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.callsInFlight = 1
        let doorman = Doorman()
        try await withServer(doorman, configuration) { server in
            try await PacketPeer.connected(to: server, path: "/?as=bob", .json) { peer in
                try peer.call("__authenticate__", ["slow"], id: "long")
                await doorman.isWaiting.wait()
                try await peer.expect(.null, from: "__ping__")
                try peer.call("__abort__", ["long"])
                let aborted = try await peer.response()
                #expect(aborted.error == .cancelled)
                peer.send(
                    .text(
                        #"{"source":5,"rpc":{"type":"request","method":"__authenticate__","args":["ann"],"notify":true}}"#
                    ))
                try await peer.expect("Sensitive Data", from: "secret")
            }
        }
    }
}
