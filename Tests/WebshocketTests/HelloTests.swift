import EventLoops
import Testing
import Webshocket

@Suite("__hello__", .timeLimit(.minutes(5)))
struct HelloTests {
    private static func answer(limits: ServerLimits = ServerLimits(), expiresIn: Double? = nil) -> WireValue {
        var answer: [String: WireValue] = [
            "limits": [
                "message_size": .int(Int64(limits.messageSize)), "depth": .int(Int64(limits.depth)),
                "elements": .int(Int64(limits.elements)), "call_id": .int(Int64(limits.callID)),
            ]
        ]
        answer["expires_in"] = expiresIn.map { .double($0) }
        return .map(answer)
    }

    @Test(
        "the answer has the server's limits, with or without an argument", arguments: [PacketCodec.json, .messagePack])
    func limits(codec: PacketCodec) async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.messageSize = 70_000
        configuration.limits.depth = 9
        configuration.limits.elements = 500
        configuration.limits.callID = 30
        let answer = Self.answer(limits: configuration.limits)
        try await withServer(SampleHandler(), configuration) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                try await peer.expect(answer, from: "__hello__", [:])
                try await peer.expect(answer, from: "__hello__")
                try await peer.expect(answer, from: "__hello__", ["methods": true, "unknown": [1, 2]])
            }
        }
    }

    @Test(
        "other arguments are refused with -32602",
        arguments: [[7], [.null], [[]], ["text"], [[:], [:]], [[:], .null]] as [[WireValue]])
    func badArguments(arguments: [WireValue]) async throws {
        try await withServer(SampleHandler()) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                try peer.call("__hello__", arguments)
                let answer = try await peer.response()
                #expect(answer.error == .invalidParameters && answer.callID == "a")
                try await peer.expect(Self.answer(), from: "__hello__", [:])
            }
        }
    }

    @Test(
        "the refusal names the type of an argument that is not a map",
        arguments: [
            ([7], "the argument of __hello__ must be a map (got an integer)"),
            ([.null], "the argument of __hello__ must be a map (got null)"),
            (["text"], "the argument of __hello__ must be a map (got a string)"),
            ([[:], 7], "__hello__ takes at most 1 argument (got 2)"),
        ] as [([WireValue], String)])
    func badArgumentText(arguments: [WireValue], text: String) async throws {
        try await withServer(SampleHandler()) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                try peer.call("__hello__", arguments)
                #expect(try await peer.response().data == .string(text))
            }
        }
    }

    @Test("a named argument is refused with -32602")
    func namedArgument() async throws {
        try await withServer(SampleHandler()) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                let request = RPCRequest(method: "__hello__", named: ["hello": [:]], callID: "a")
                try peer.send(Packet(source: .rpc, rpc: .request(request)))
                let answer = try await peer.response()
                #expect(answer.error == .invalidParameters)
            }
        }
    }

    @Test("a call with notify is not answered")
    func notification() async throws {
        try await withServer(SampleHandler()) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                for arguments in ["{}", "7"] {
                    peer.send(
                        .text(
                            #"{"source":5,"rpc":{"type":"request","method":"__hello__","args":[\#(arguments)],"notify":true}}"#
                        ))
                }
                try await peer.expect(.null, from: "nothing")
            }
        }
    }

    @Test("__hello__ is answered even if the handler's guard and rate limit refuse calls")
    func guarded() async throws {
        struct Guarded: WebSocketHandler {
            var access: Access { .everyone.requires(Has("never")).rateLimit(RateLimit(1, per: .seconds(600))) }
        }
        try await withServer(Guarded()) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                for _ in 0..<3 { try await peer.expect(Self.answer(), from: "__hello__", [:]) }
                try await peer.expect(error: .accessDenied, from: "other")
            }
        }
    }

    @Test("__hello__ is answered by a server without a handler")
    func accepted() async throws {
        let server = WebSocketServer(port: 0, configuration: .quiet)
        try await withServer(server) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                _ = try await server.accept()
                try await peer.expect(Self.answer(), from: "__hello__", [:])
                try await peer.expect(error: .methodNotFound, from: "other")
            }
        }
    }

    @Test("a __hello__ before the token closes the connection with 4901")
    func beforeToken() async throws {
        try await withServer(Doorman()) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                try peer.call("__hello__", [[:]])
                try await peer.expectClose(.authenticationRequired, "Authentication required")
            }
        }
    }

    @Test(
        "a __hello__ pipelined after the first token is answered with the expiry",
        arguments: [PacketCodec.json, .messagePack])
    func expiry(codec: PacketCodec) async throws {
        let handler = ExpiringHandler(lifetime: .milliseconds(90_500) + .microseconds(999))
        try await withServer(handler, .manual(handler.clock)) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                try peer.call("__authenticate__", ["ann"], id: "token")
                try await peer.expectAnswers("token", Self.answer(expiresIn: 90.5))
                handler.clock.move(by: .seconds(30))
                try await peer.expect(Self.answer(expiresIn: 60.5), from: "__hello__", [:])
            }
        }
    }

    @Test("a __hello__ pipelined after a renewing token is answered after it, with the new expiry")
    func renewal() async throws {
        let handler = ExpiringHandler(lifetime: ExpiringHandler.short)
        try await withServer(handler, .manual(handler.clock)) { server in
            try await PacketPeer.connected(to: server, path: "/?as=ann", .json) { peer in
                try await peer.expect(Self.answer(expiresIn: 600), from: "__hello__", [:])
                try peer.call("__authenticate__", ["slow"], id: "token")
                await handler.isHolding.wait()
                try peer.call("__hello__", [[:]], id: "hello")
                try await peer.expect(.null, from: "__ping__")
                handler.release.open()
                let answers = [try await peer.response(), try await peer.response()]
                #expect(answers.map(\.callID) == ["token", "hello"])
                // The token `slow` admits without an expiry.
                #expect(answers.map(\.data) == [true, Self.answer()])
            }
        }
    }

    @Test("a __hello__ after a token whose check is aborted is answered with the old expiry")
    func abortedRenewal() async throws {
        let doorman = Doorman()
        try await withServer(doorman) { server in
            try await PacketPeer.connected(to: server, path: "/?as=bob", .json) { peer in
                try peer.call("__authenticate__", ["slow"], id: "token")
                await doorman.isWaiting.wait()
                try peer.call("__hello__", [[:]], id: "hello")
                try peer.call("__abort__", ["token"])
                let answers = [try await peer.response(), try await peer.response()]
                #expect(Set(answers.map(\.callID)) == ["token", "hello"])
                #expect(answers.first { $0.callID == "hello" }?.data == Self.answer())
            }
        }
    }

    @Test("__hello__ is answered while the server drains")
    func draining() async throws {
        let handler = DrainTests.Handler()
        var configuration = ServerConfiguration.quiet
        configuration.loops = 1
        configuration.timeouts.shutdown = .patient
        let server = WebSocketServer(port: 0, handler: handler, configuration: configuration)
        try await server.start()
        let idle = try await PacketPeer(port: server.port, .json)
        let peer = try await PacketPeer(port: server.port, .json)
        try peer.call("held", [], id: "held")
        await handler.begun.wait()
        async let stopping: Void = server.stop(advice: .unspecified)
        try await idle.expectClose(.goingAway, "Server is shutting down")
        idle.close()
        try await peer.expect(Self.answer(), from: "__hello__", [:])
        handler.release.open()
        peer.close()
        await stopping
    }
}

extension PacketPeer {
    /// Sends `__hello__`, and expects the responses to an earlier call and to `__hello__`.
    fileprivate func expectAnswers(_ id: String, _ hello: WireValue) async throws {
        try call("__hello__", [[:]], id: "hello")
        let answers = [try await response(), try await response()]
        #expect(answers.map(\.callID) == [id, "hello"])
        #expect(answers.map(\.data) == [true, hello])
    }
}
