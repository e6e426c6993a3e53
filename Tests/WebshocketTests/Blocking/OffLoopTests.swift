import Dispatch
import EventLoops
import Testing
import Webshocket

@Suite("Methods off the event loop", .timeLimit(.minutes(5)))
struct OffLoopTests {
    final class Handler: WebSocketHandler {
        let access = Access.everyone
        let gate = DispatchSemaphore(value: 0)
        let seen = Collected<Bool>()

        func isOnLoop(_ connection: Connection) -> Bool { connection.loop.isCurrent }
        func isOnLoopLater(_ connection: Connection) async -> [Bool] {
            let first = connection.loop.isCurrent
            await Task.yield()
            return [first, connection.loop.isCurrent]
        }
        func block(_ connection: Connection) -> String {
            gate.wait()
            return "unblocked"
        }
        func unblock(_ connection: Connection) { gate.signal() }
        func fails(_ connection: Connection, isForeign: Bool) throws {
            if isForeign { throw SampleHandler.Foreign() }
            throw RPCError("no such user")
        }
        func twice(_ connection: Connection, number: Int) -> Int { 2 * number }
        func count(_ connection: Connection, to end: Int) -> AsyncStream<[Bool]> {
            let numbers = Locked((0..<end).makeIterator())
            return AsyncStream { numbers.withLock { $0.next() }.map { _ in [connection.loop.isCurrent] } }
        }

        var methods: RPCMethods {
            RPCMethod("isOnLoop", isOnLoop).offLoop()
            RPCMethod("isOnLoopLater", isOnLoopLater).offLoop()
            RPCMethods {
                RPCMethod("block", block)
                RPCMethod("fails", fails)
                RPCMethod("twice", twice)
            }.offLoop()
            RPCMethod("guarded", isOnLoop).requires(Is("isAdmin")).offLoop()
            RPCMethod("unblock", unblock)
            RPCMethod("count", count).offLoop()
        }

        var messages: MessageHandlers {
            OnEvent("here") { [seen] connection in seen.append(connection.loop.isCurrent) }
            OnEvent("away") { [seen] connection in seen.append(connection.loop.isCurrent) }.offLoop()
            OnEvent("later") { [seen] (connection: Connection, _: WireValue) async in
                seen.append(connection.loop.isCurrent)
            }.offLoop()
        }
    }

    @Test("a method marked offLoop() never runs on the event loop", arguments: PacketCodec.codecs)
    func elsewhere(codec: PacketCodec) async throws {
        try await withServer(Handler()) { server in
            try await withClient(server.url, codec) { client in
                try await client.expect(false, from: "isOnLoop")
                try await client.expect([false, false], from: "isOnLoopLater")
                try await client.expect(42, from: "twice", 21)
            }
        }
    }

    @Test("other calls of the connection run while a method blocks")
    func blocks() async throws {
        try await withServer(Handler()) { server in
            try await withClient(server.url) { client in
                async let blocked: String = client.sendRPC("block")
                // Answered although the other call, sent before or after this one, blocks until it runs.
                try await client.expect(.null, from: "unblock")
                let answer = try await blocked
                #expect(answer == "unblocked")
            }
        }
    }

    @Test("guards, errors and argument checks work as on the event loop")
    func errors() async throws {
        try await withServer(Handler()) { server in
            try await withClient(server.url) { client in
                try await client.expect(error: .accessDenied, from: "guarded")
                try await client.expect(error: .applicationError, from: "fails", false)
                try await client.expect(error: .internalError, from: "fails", true)
                try await client.expect(error: .invalidParameters, from: "twice", "one")
            }
        }
    }

    @Test("a call that blocks is answered when its timeout expires")
    func deadline() async throws {
        let handler = Handler()
        try await withServer(handler) { server in
            try await PlainPeer.connected(to: server.url) { peer in
                try await peer.request("block", id: "1", with: ["timeout": 0.001])
                #expect(try await peer.response()["code"] == -32003)
                handler.gate.signal()
                _ = try await peer.request("twice", 4, id: "2")
                #expect(try await peer.response()["response"] == 8)
            }
        }
    }

    @Test("stream elements are produced off the event loop, in order")
    func stream() async throws {
        try await withServer(Handler()) { server in
            try await PlainPeer.connected(to: server.url) { peer in
                try await peer.request("count", 40, id: "1")
                #expect(try await peer.elements(40) == Array(repeating: [false], count: 40))
                #expect(try await peer.response().ends("1"))
            }
        }
    }

    @Test("message handlers and pages may run off the event loop")
    func others() async throws {
        let handler = Handler()
        let isOnLoop = Locked<Bool?>(nil)
        try await withServer(routes: {
            WebSocketRoute("/", handler)
            HTTPRoute("/page") { _ in
                isOnLoop.withLock { $0 = EventLoop.current != nil }
                return .text("done")
            }.offLoop()
        }) { server in
            try await withClient(server.url) { client in
                for event in ["here", "away", "later"] { try await client.send(WireValue.null, event: event) }
                await handler.seen.wait(count: 3)
                #expect(handler.seen.values == [true, false, false])
            }
            #expect(try await HTTPPeer.get(server.port, "/page").text == "done")
        }
        #expect(isOnLoop.withLock { $0 } == false)
    }
}

@Suite("Executor off the event loop", .timeLimit(.minutes(5)))
struct OffLoopExecutorTests {
    actor Counter {
        private let executor = OffLoopExecutor()
        private(set) var count = 0
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        func isOnLoop() -> Bool { EventLoop.current != nil }
        func add() {
            // Traps if the runtime does not treat the executor as this actor's.
            preconditionIsolated()
            let before = count
            count = before + 1
        }
    }

    actor Plain {
        func isOnLoop() -> Bool { EventLoop.current != nil }
    }

    final class Handler: WebSocketHandler {
        let access = Access.everyone
        let counter = Counter()
        let plain = Plain()

        func places(_ connection: Connection) async -> [Bool] {
            let before = connection.loop.isCurrent
            let during = await counter.isOnLoop()
            return [before, during, connection.loop.isCurrent]
        }
        func plain(_ connection: Connection) async -> Bool { await plain.isOnLoop() }
        func add(_ connection: Connection) async { await counter.add() }

        var methods: RPCMethods {
            RPCMethod("places", places)
            RPCMethod("plain", plain)
            RPCMethod("add", add)
        }
    }

    @Test("an actor with an OffLoopExecutor runs off the event loop, and a plain actor on it")
    func places() async throws {
        try await withServer(Handler()) { server in
            try await withClient(server.url) { client in
                try await client.expect([true, false, true], from: "places")
                try await client.expect(true, from: "plain")
            }
        }
    }

    @Test("the executor runs all jobs, one at a time")
    func serial() async throws {
        let handler = Handler()
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<200 { group.addTask { try await client.expect(.null, from: "add") } }
                    for _ in 0..<200 { group.addTask { await handler.counter.add() } }
                    try await group.waitForAll()
                }
            }
        }
        #expect(await handler.counter.count == 400)
    }
}
