import Testing
import Webshocket

@Suite("Streams", .timeLimit(.minutes(5)))
struct StreamTests {
    private func withPeer(
        _ configuration: ServerConfiguration = .quiet,
        _ body: (PlainPeer, StreamingHandler) async throws -> Void
    ) async throws {
        let handler = StreamingHandler()
        try await withServer(handler, configuration) { server in
            try await PlainPeer.connected(to: server.url) { try await body($0, handler) }
        }
    }

    @Test(
        "a method that returns an AsyncSequence streams its elements in order, then ends",
        arguments: [("count", [0, 1, 2]), ("opaque", [0, 1, 2]), ("mapped", [["n": 0], ["n": 1], ["n": 2]])]
            as [(String, [WireValue])])
    func shapes(method: String, expected: [WireValue]) async throws {
        try await withPeer { peer, _ in
            try await peer.request(method, 3, id: "s")
            #expect(try await peer.elements(3) == expected)
            #expect(try await peer.response().ends("s"))
        }
    }

    @Test("a stream may have no elements")
    func empty() async throws {
        try await withPeer { peer, _ in
            try await peer.request("count", 0, id: "s")
            #expect(try await peer.response().ends("s"))
        }
    }

    @Test("a stream that cannot start is refused with an end packet")
    func refusal() async throws {
        try await withPeer { peer, _ in
            try await peer.request("refuses", id: "s")
            let refusal = try await peer.response()
            #expect(refusal.ends("s", with: 4711))
            #expect(refusal["data"] == ["until": "tomorrow"])
            try await peer.request("count", "three", id: "s")
            #expect(try await peer.response().ends("s", with: .invalidParameters))
        }
    }

    @Test("an error during a stream ends it after the elements before the error")
    func errorMidway() async throws {
        try await withPeer { peer, _ in
            try await peer.request("midway", false, id: "s")
            #expect(try await peer.elements(1) == [0])
            let end = try await peer.response()
            #expect(end.ends("s", with: .applicationError) && end["response"] == "enough")
            try await peer.request("midway", true, id: "s")
            #expect(try await peer.elements(1) == [0])
            let foreign = try await peer.response()
            #expect(foreign.ends("s", with: .internalError))
            #expect(foreign["response"]?.asString?.hasPrefix("Internal error (") == true)
        }
    }

    @Test("an element that cannot be encoded ends the stream with an error")
    func unencodable() async throws {
        try await withPeer { peer, _ in
            try await peer.request("infinite", id: "s")
            #expect(try await peer.elements(1) == [1.0])
            #expect(try await peer.response().ends("s", with: .internalError))
            #expect(try await peer.settle().isSettled)
        }
    }

    @Test("the producer runs at most one element ahead of the credit")
    func credit() async throws {
        try await withPeer { peer, handler in
            try await peer.request("tap", id: "s", with: ["credit": 3])
            #expect(try await peer.elements(3) == [0, 1, 2])
            #expect(try await peer.settle().isSettled)
            #expect(handler.tapped.produced == 4)
            try await peer.request("__credit__", "s", 2, id: nil)
            #expect(try await peer.elements(2) == [3, 4])
            #expect(try await peer.settle().isSettled)
            #expect(handler.tapped.produced == 6)
        }
    }

    @Test("a stream with a credit of 0 waits for its first grant")
    func noCredit() async throws {
        try await withPeer { peer, _ in
            try await peer.request("count", 1, id: "s", with: ["credit": 0])
            #expect(try await peer.settle().isSettled)
            try await peer.request("__credit__", "s", 1, id: nil)
            #expect(try await peer.elements(1) == [0])
            #expect(try await peer.response().ends("s"))
        }
    }

    @Test("an invalid credit is refused", arguments: [-1, 2_147_483_648, "3", 1.5, .uint(.max)] as [WireValue])
    func badCredit(credit: WireValue) async throws {
        try await withPeer { peer, handler in
            try await peer.request("tap", id: "s", with: ["credit": credit])
            #expect(try await peer.response().ends("s", with: .invalidParameters))
            #expect(handler.tapped.produced == 0)
            try await peer.request("tap", id: "s", with: ["credit": 1])
            #expect(try await peer.elements(1) == [0])
            try await peer.request("__credit__", "s", credit, id: "grant")
            let refusal = try await peer.response()
            #expect(refusal["call_id"] == "grant" && refusal["error"]?.asInt == -32_602)
            try await peer.request("__credit__", "s", 1, id: nil)
            #expect(try await peer.elements(1) == [1])
        }
    }

    @Test("a grant that overflows the credit is refused, and the stream continues")
    func creditOverflow() async throws {
        try await withPeer { peer, _ in
            try await peer.request("silent", id: "s", with: ["credit": 2_147_483_647])
            try await peer.request("__credit__", "s", 1, id: nil)
            let refusal = try await peer.response()
            #expect(refusal["call_id"] == "" && refusal["error"]?.asInt == -32_602)
            try await peer.request("__abort__", "s", id: nil)
            #expect(try await peer.response().ends("s", with: .cancelled))
        }
    }

    @Test("an abort ends the stream and its producer at once")
    func abort() async throws {
        try await withPeer { peer, handler in
            try await peer.request("silent", id: "s")
            await handler.wait { $0.running == 1 }
            try await peer.request("__abort__", "s", id: nil)
            #expect(try await peer.response().ends("s", with: .cancelled))
            await handler.wait { $0.running == 0 && $0.ended == 1 }
        }
    }

    @Test("a stream that waits for credit can be aborted")
    func abortWaiting() async throws {
        try await withPeer { peer, handler in
            try await peer.request("tap", id: "s", with: ["credit": 0])
            await handler.wait { $0.produced == 1 }
            try await peer.request("__abort__", "s", id: nil)
            #expect(try await peer.response().ends("s", with: .cancelled))
            await handler.wait { $0.running == 0 }
            #expect(handler.tapped.produced == 1)
        }
    }

    @Test("a timeout ends the stream and its producer")
    func deadline() async throws {
        try await withPeer { peer, handler in
            try await peer.request("silent", id: "s", with: ["timeout": 0.01])
            #expect(try await peer.response().ends("s", with: .deadlineExceeded))
            await handler.wait { $0.running == 0 && $0.ended == 1 }
        }
    }

    @Test("streams are cancelled when their consumer disconnects")
    func disconnect() async throws {
        let handler = StreamingHandler()
        try await withServer(handler) { server in
            try await PlainPeer.connected(to: server.url) { peer in
                for id in 0..<4 { try await peer.request("silent", id: "\(id)") }
                await handler.wait { $0.running == 4 }
            }
            await handler.wait { $0.running == 0 && $0.ended == 4 }
        }
    }

    @Test("a stream above limits.streams is refused, and the connection stays open")
    func cap() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.streams = 2
        try await withPeer(configuration) { peer, handler in
            for id in ["a", "b"] { try await peer.request("silent", id: id) }
            try await peer.request("count", 1, id: "c")
            #expect(try await peer.response().ends("c", with: .overloaded))
            try await peer.request("__abort__", "a", id: nil)
            #expect(try await peer.response().ends("a", with: .cancelled))
            await handler.wait { $0.running == 1 }
            try await peer.request("count", 1, id: "c")
            #expect(try await peer.elements(1) == [0])
            #expect(try await peer.response().ends("c"))
        }
    }

    @Test("a stream with the call_id of an open stream is refused")
    func doubleID() async throws {
        try await withPeer { peer, _ in
            try await peer.request("silent", id: "s")
            try await peer.request("count", 1, id: "s")
            #expect(try await peer.response().ends("s", with: .invalidParameters))
            try await peer.request("__abort__", "s", id: nil)
            #expect(try await peer.response().ends("s", with: .cancelled))
        }
    }

    @Test("a streaming method called with notify does not run")
    func notification() async throws {
        try await withPeer { peer, handler in
            try await peer.request("tap", id: "s", with: ["notify": true])
            #expect(try await peer.settle().isSettled)
            #expect(handler.tapped.produced == 0)
        }
    }

    @Test("other connections cannot abort a stream, and unknown or invalid IDs are ignored")
    func foreignCalls() async throws {
        let handler = StreamingHandler()
        try await withServer(handler) { server in
            try await PlainPeer.connected(to: server.url) { peer in
                try await peer.request("silent", id: "s")
                await handler.wait { $0.running == 1 }
                try await PlainPeer.connected(to: server.url) { stranger in
                    for method in ["__abort__", "__credit__"] {
                        for id in ["s", "x", ""] { try await stranger.request(method, .string(id), 1, id: nil) }
                        try await stranger.request(method, id: nil)
                        try await stranger.request(method, 7, id: nil)
                        try await stranger.request(method, ["s"], id: nil)
                    }
                    #expect(try await stranger.settle().isSettled)
                }
                #expect(handler.tapped.running == 1)
                try await peer.request("__abort__", "s", id: nil)
                #expect(try await peer.response().ends("s", with: .cancelled))
                try await peer.request("__abort__", "s", id: nil)
                #expect(try await peer.settle().isSettled)
            }
        }
    }

    @Test("an aborted stream frees its place at once, unless too many methods ignore cancellation")
    func reopening() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.streams = 2
        try await withPeer(configuration) { peer, handler in
            for id in ["a", "b"] { try await peer.request("silent", id: id) }
            for round in 0..<50 {
                let id = WireValue.string(round % 2 == 0 ? "a" : "b")
                try await peer.request("__abort__", id, id: nil)
                try await peer.request("silent", id: id.asString)
                #expect(try await peer.response().ends(id, with: .cancelled))
            }
            #expect(try await peer.settle().isSettled)
            // These methods do not return before the gate opens.
            for id in ["a", "b"] {
                try await peer.request("__abort__", .string(id), id: nil)
                #expect(try await peer.response().ends(.string(id), with: .cancelled))
            }
            await handler.wait { $0.running == 0 }
            for id in 0..<4 {
                try await peer.request("stubborn", id: "\(id)")
                try await peer.request("__abort__", .string("\(id)"), id: nil)
                #expect(try await peer.response().ends(.string("\(id)"), with: .cancelled))
            }
            try await peer.request("stubborn", id: "4")
            #expect(try await peer.response().ends("4", with: .overloaded))
            handler.gate.open()
        }
    }

    @Test("closures and actor methods may return streams")
    func closures() async throws {
        actor Cell {
            func numbers() -> AsyncStream<Int> {
                AsyncStream { continuation in
                    continuation.yield(7)
                    continuation.finish()
                }
            }
        }
        struct Handler: WebSocketHandler {
            let access = Access.everyone
            let cell = Cell()
            var methods: RPCMethods {
                RPCMethod("plain") { (_: Connection, n: Int) in
                    AsyncStream<Int> { continuation in
                        continuation.yield(n)
                        continuation.finish()
                    }
                }
                RPCMethod("isolated") { (_: Connection) in await cell.numbers() }
                RPCMethod(
                    "named", { (_: Connection, n: Int) in AsyncStream<Int> { $0.finish() } },
                    parameters: Parameter("n", default: 1))
            }
        }
        try await withServer(Handler()) { server in
            try await PlainPeer.connected(to: server.url) { peer in
                try await peer.request("plain", 7, id: "s")
                #expect(try await peer.elements(1) == [7])
                #expect(try await peer.response().ends("s"))
                try await peer.request("isolated", id: "s")
                #expect(try await peer.elements(1) == [7])
                #expect(try await peer.response().ends("s"))
                try await peer.request("named", id: "s")
                #expect(try await peer.response().ends("s"))
            }
        }
    }

    @Test("a stream without a call_id gets one with the prefix server-")
    func madeID() async throws {
        try await withPeer { peer, _ in
            try await peer.request("tap", id: "1", with: ["credit": 0])
            try await peer.request("count", 0, id: nil)
            let end = try await peer.response()
            let id = try #require(end["call_id"])
            #expect(end.ends(id) && id.asString?.hasPrefix("server-") == true)
        }
    }

    @Test("a shutdown ends streams and does not wait for them")
    func shutdown() async throws {
        let handler = StreamingHandler()
        let server = WebSocketServer(port: 0, handler: handler, configuration: .quiet)
        try await server.start()
        try await PlainPeer.connected(to: server.url) { peer in
            try await peer.request("silent", id: "s")
            await handler.wait { $0.running == 1 }
            await server.stop(within: .seconds(50))
            #expect(try await peer.response().ends("s", with: .shuttingDown))
        }
        #expect(handler.tapped.ended == 1)
    }

    @Test("streams do not count towards limits.callsInFlight")
    func callsInFlight() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.callsInFlight = 1
        try await withPeer(configuration) { peer, _ in
            for id in 0..<5 { try await peer.request("silent", id: "\(id)") }
            #expect(try await peer.settle().isSettled)
        }
    }
}
