import EventLoops
import Testing
import Webshocket

/// The errors that a client receives for its calls and streams while the server shuts down.
@Suite("A call during a shutdown", .timeLimit(.minutes(5)))
struct ShutdownRefusalTests {
    final class Handler: WebSocketHandler {
        let access = Access.everyone
        let begun = Gate()
        let release = Gate()

        func held(_ connection: Connection) async -> Int {
            begun.open()
            await release.wait()
            return 1
        }

        func elements(_ connection: Connection) -> AsyncStream<Int> {
            AsyncStream { continuation in continuation.yield(1) }
        }

        var methods: RPCMethods {
            RPCMethod("held", held)
            RPCMethod("elements", elements)
            RPCMethod("number") { (_: Connection) in 1 }
        }
    }

    /// Runs `body` while a server drains, with a call `held` and a stream `elements` in flight.
    private static func whileDraining(
        _ advice: ShutdownAdvice, _ body: (PacketPeer, Handler) async throws -> Void
    ) async throws {
        let handler = Handler()
        var configuration = ServerConfiguration.quiet
        configuration.loops = 1
        configuration.timeouts.shutdown = .patient
        let server = WebSocketServer(port: 0, handler: handler, configuration: configuration)
        try await server.start()
        let peer = try await PacketPeer(port: server.port, .json)
        try peer.call("elements", [], id: "elements")
        let element = try await peer.response()
        #expect(element.data == 1 && element.isStream)
        try peer.call("held", [], id: "held")
        await handler.begun.wait()
        async let stopping: Void = server.stop(advice: advice)
        do {
            try await body(peer, handler)
        } catch {
            handler.release.open()
            peer.close()
            await stopping
            throw error
        }
        handler.release.open()
        peer.close()
        await stopping
    }

    @Test("is refused with -32007 and the advice of the close frame; streams end with the same error")
    func advice() async throws {
        try await Self.whileDraining(.reconnect(within: .seconds(1) ... .seconds(1_000))) { peer, handler in
            let end = try await peer.response()
            #expect(end.callID == "elements" && end.isStream && end.isEnd && end.error?.rawValue == -32_007)
            let advice = try #require(end.retryAfter)
            for (method, isStream) in [("held", false), ("elements", true), ("nope", false), ("__subscribe__", false)] {
                let refusal = try await peer.answer(from: method)
                #expect(refusal.error?.rawValue == -32_007 && refusal.retryAfter == advice, "\(method)")
                #expect(refusal.isStream == isStream && refusal.isEnd == isStream)
            }
            handler.release.open()
            let reply = try await peer.response()
            #expect(reply.callID == "held" && reply.data == 1)
            let close = try await peer.frame()
            let reason = String(decoding: close.payload.dropFirst(2), as: UTF8.self)
            let closure = ConnectionClosure(.goingAway, reason: reason)
            #expect(close.first == 0x88 && closure.advice == .after(advice))
        }
    }

    @Test(
        "is refused without retry_after if clients get no advice or must not reconnect",
        arguments: [ShutdownAdvice.unspecified, .doNotReconnect])
    func noAdvice(advice: ShutdownAdvice) async throws {
        try await Self.whileDraining(advice) { peer, _ in
            let end = try await peer.response()
            #expect(end.error?.rawValue == -32_007 && end.retryAfter == nil)
            let refusal = try await peer.answer(from: "held")
            #expect(refusal.error?.rawValue == -32_007 && refusal.retryAfter == nil)
        }
    }

    @Test("is refused with error -32603 and code -32007, for clients that do not know -32007")
    func wire() async throws {
        try await Self.whileDraining(.reconnect(within: .seconds(2) ... .seconds(2))) { peer, _ in
            let end = String(decoding: try await peer.frame().payload, as: UTF8.self)
            let expected = """
                {"source":5,"rpc":{"type":"response","call_id":"elements","response":"The server is shutting down.",\
                "error":-32603,"is_stream":true,"is_end":true,"code":-32007,"retry_after":2}}
                """
            #expect(end.replacing("2.0}", with: "2}") == expected)
        }
    }

    @Test("is preceded by the same error without a call_id, but only for a client that has sent __hello__")
    func notice() async throws {
        let handler = Handler()
        var configuration = ServerConfiguration.quiet
        configuration.timeouts.shutdown = .patient
        let server = WebSocketServer(port: 0, handler: handler, configuration: configuration)
        try await server.start()
        let peer = try await PacketPeer(port: server.port, .json)
        try peer.call("__hello__", [], id: "hello")
        #expect(try await peer.response().callID == "hello")
        let silent = try await PacketPeer(port: server.port, .json)
        for peer in [peer, silent] { try peer.call("held", [], id: "held") }
        await handler.begun.wait()
        try await silent.expect(1, from: "number")
        async let stopping: Void = server.stop(advice: .reconnect(within: .seconds(2) ... .seconds(2)))
        let notice = try await peer.response()
        #expect(notice.callID.isEmpty && notice.error?.rawValue == -32_007 && notice.retryAfter == .seconds(2))
        handler.release.open()
        #expect(try await silent.response().callID == "held")
        for peer in [peer, silent] { peer.close() }
        await stopping
    }

    @Test("is not confused with the error of another server that a method rethrows")
    func relayed() async throws {
        struct Gateway: WebSocketHandler {
            let access = Access.everyone

            func ask(_ connection: Connection) throws {
                throw RPCError("the upstream shuts down", code: -32_007, retryAfter: .seconds(1))
            }

            var methods: RPCMethods { RPCMethod("ask", ask) }
        }

        try await withServer(Gateway()) { server in
            let peer = try await PacketPeer(port: server.port, .json)
            let answer = try await peer.answer(from: "ask")
            #expect(answer.error == .overloaded && answer.retryAfter == .seconds(1))
            peer.close()
        }
    }
}
