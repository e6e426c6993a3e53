import Testing
import Webshocket

@Suite("A stream", .timeLimit(.minutes(5)))
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
        "comes of any method that returns a sequence, in order, and ends",
        arguments: [("count", [0, 1, 2]), ("opaque", [0, 1, 2]), ("mapped", [["n": 0], ["n": 1], ["n": 2]])]
            as [(String, [Value])])
    func shapes(method: String, expected: [Value]) async throws {
        try await withPeer { peer, _ in
            try await peer.request(method, 3, id: "s")
            #expect(try await peer.elements(3) == expected)
            #expect(try await peer.response().ends("s"))
        }
    }

    @Test("may have no elements")
    func empty() async throws {
        try await withPeer { peer, _ in
            try await peer.request("count", 0, id: "s")
            #expect(try await peer.response().ends("s"))
        }
    }

    @Test("that cannot begin is refused as the stream's end")
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

    @Test("ends with the error that comes midway, behind the elements before it")
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

    @Test("ends with an error at an element that cannot travel")
    func unencodable() async throws {
        try await withPeer { peer, _ in
            try await peer.request("infinite", id: "s")
            #expect(try await peer.elements(1) == [1.0])
            #expect(try await peer.response().ends("s", with: .internalError))
            #expect(try await peer.settle().isSettled)
        }
    }

    @Test("is no further ahead than its credit")
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

    @Test("with no credit at all waits for its first grant")
    func noCredit() async throws {
        try await withPeer { peer, _ in
            try await peer.request("count", 1, id: "s", with: ["credit": 0])
            #expect(try await peer.settle().isSettled)
            try await peer.request("__credit__", "s", 1, id: nil)
            #expect(try await peer.elements(1) == [0])
            #expect(try await peer.response().ends("s"))
        }
    }

    @Test("refuses what is no credit", arguments: [-1, 2_147_483_648, "3", 1.5, .uint(.max)] as [Value])
    func badCredit(credit: Value) async throws {
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

    @Test("whose credit overflows says so, and goes on")
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

    @Test("that its consumer aborts ends at once, and its producer with it")
    func abort() async throws {
        try await withPeer { peer, handler in
            try await peer.request("silent", id: "s")
            await handler.wait { $0.running == 1 }
            try await peer.request("__abort__", "s", id: nil)
            #expect(try await peer.response().ends("s", with: .cancelled))
            await handler.wait { $0.running == 0 && $0.ended == 1 }
        }
    }

    @Test("that waits for credit is cancelled too")
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

    @Test("ends at its deadline, and so does its producer")
    func deadline() async throws {
        try await withPeer { peer, handler in
            try await peer.request("silent", id: "s", with: ["timeout": 0.01])
            #expect(try await peer.response().ends("s", with: .deadlineExceeded))
            await handler.wait { $0.running == 0 && $0.ended == 1 }
        }
    }

    @Test("is cancelled when its consumer disconnects")
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

    @Test("beyond the cap is refused, and the connection lives")
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

    @Test("cannot take the call_id of one that is open")
    func doubleID() async throws {
        try await withPeer { peer, _ in
            try await peer.request("silent", id: "s")
            try await peer.request("count", 1, id: "s")
            #expect(try await peer.response().ends("s", with: .invalidParameters))
            try await peer.request("__abort__", "s", id: nil)
            #expect(try await peer.response().ends("s", with: .cancelled))
        }
    }

    @Test("does not run for who wants no reply")
    func notification() async throws {
        try await withPeer { peer, handler in
            try await peer.request("tap", id: "s", with: ["notify": true])
            #expect(try await peer.settle().isSettled)
            #expect(handler.tapped.produced == 0)
        }
    }

    @Test("is out of reach for others, and what names none is ignored")
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

    @Test("can follow one that was aborted, at the cap and at once, unless methods do not heed their end")
    func reopening() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.streams = 2
        try await withPeer(configuration) { peer, handler in
            for id in ["a", "b"] { try await peer.request("silent", id: id) }
            for round in 0..<50 {
                let id = Value.string(round % 2 == 0 ? "a" : "b")
                try await peer.request("__abort__", id, id: nil)
                try await peer.request("silent", id: id.asString)
                #expect(try await peer.response().ends(id, with: .cancelled))
            }
            #expect(try await peer.settle().isSettled)
            // These do not end before their gate opens.
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

    @Test("comes of closures too, and of an actor's methods")
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

    @Test("without an id gets one that no client counts up to")
    func madeID() async throws {
        try await withPeer { peer, _ in
            try await peer.request("tap", id: "1", with: ["credit": 0])
            try await peer.request("count", 0, id: nil)
            let end = try await peer.response()
            let id = try #require(end["call_id"])
            #expect(end.ends(id) && id.asString?.hasPrefix("server-") == true)
        }
    }

    @Test("ends when the server shuts down, which does not wait for it")
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

    @Test("does not count among the calls in flight")
    func callsInFlight() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.callsInFlight = 1
        try await withPeer(configuration) { peer, _ in
            for id in 0..<5 { try await peer.request("silent", id: "\(id)") }
            #expect(try await peer.settle().isSettled)
        }
    }
}
