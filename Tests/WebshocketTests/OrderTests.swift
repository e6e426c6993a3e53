import EventLoops
import Testing
import Webshocket

/// The rules of Protocol.md, section "Order". Each test name starts with the number of its rule.
@Suite("Order of messages", .timeLimit(.minutes(5)))
struct OrderTests {
    final class Handler: WebSocketHandler {
        let access = Access.everyone
        let log = Collected<String>()
        private let doors = Locked<[String: CheckedContinuation<Void, Never>]>([:])

        func now(_ connection: Connection, name: String) -> String {
            log.append("now \(name)")
            return name
        }

        /// Waits until `open` is called with the same name.
        func wait(_ connection: Connection, name: String) async -> String {
            log.append("begin \(name)")
            await withCheckedContinuation { door in doors.withLock { $0[name] = door } }
            log.append("end \(name)")
            return name
        }

        func open(_ connection: Connection, name: String) {
            doors.withLock { $0.removeValue(forKey: name) }?.resume()
        }

        func announce(_ connection: Connection, count: Int) async throws -> String {
            for number in 0..<count { try connection.send(number) }
            await Task.yield()
            try connection.send("last")
            return "done"
        }

        func announceFromAfar(_ connection: Connection, count: Int) async throws -> String {
            try await withTaskExecutorPreference(globalConcurrentExecutor) {
                for number in 0..<count { try connection.send(number) }
            }
            return "done"
        }

        func count(_ connection: Connection, n: Int) -> AsyncStream<Int> {
            AsyncStream { continuation in
                for number in 0..<n { continuation.yield(number) }
                continuation.finish()
            }
        }

        nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws {
            log.append("packet begins")
            for _ in 0..<10 { await Task.yield() }
            log.append("packet ends")
        }

        var methods: RPCMethods {
            RPCMethod("now", now)
            RPCMethod("wait", wait)
            RPCMethod("open", open)
            RPCMethod("announce", announce)
            RPCMethod("announceFromAfar", announceFromAfar)
            RPCMethod("count", count)
        }
    }

    private func withPeer(_ body: (PlainPeer, Handler) async throws -> Void) async throws {
        let handler = Handler()
        try await withServer(handler) { server in
            try await PlainPeer.connected(to: server.url) { try await body($0, handler) }
        }
    }

    @Test("1: methods start in the order of their requests, and run up to their first suspension")
    func requests() async throws {
        try await withPeer { peer, handler in
            try await peer.request("wait", "a", id: "a")
            try await peer.request("now", "b", id: "b")
            try await peer.request("wait", "c", id: "c")
            try await peer.request("now", "d", id: "d")
            #expect(try await peer.response()["call_id"] == "b")
            #expect(try await peer.response()["call_id"] == "d")
            #expect(handler.log.values == ["begin a", "now b", "begin c", "now d"])
            for name in ["a", "c"] { try await peer.request("open", .string(name), id: nil, with: ["notify": true]) }
            #expect(try await peer.response()["call_id"] == "a")
            #expect(try await peer.response()["call_id"] == "c")
        }
    }

    @Test("1: methods that do not suspend reply in the order of the requests")
    func synchronousReplies() async throws {
        try await withPeer { peer, _ in
            for number in 0..<500 { try await peer.request("now", .string("\(number)"), id: "\(number)") }
            for number in 0..<500 { #expect(try await peer.response()["response"] == .string("\(number)")) }
        }
    }

    @Test("2: replies may overtake each other")
    func overtaking() async throws {
        try await withPeer { peer, _ in
            try await peer.request("wait", "slow", id: "slow")
            try await peer.request("wait", "quick", id: "quick")
            for name in ["quick", "slow"] {
                try await peer.request("open", .string(name), id: nil, with: ["notify": true])
                #expect(try await peer.response()["call_id"] == .string(name))
            }
        }
    }

    @Test("3: elements of each stream arrive in order, followed by its end")
    func streams() async throws {
        try await withPeer { peer, _ in
            for id in ["a", "b"] { try await peer.request("count", 300, id: id) }
            try await peer.request("now", "between", id: "c")
            var elements: [String: [WireValue]] = [:]
            var ended: [String] = []
            while ended.count < 2 {
                let response = try await peer.response()
                let id = try #require(response["call_id"]?.asString)
                #expect(!ended.contains(id))
                if response["is_end"] == true { ended.append(id) }
                if response["is_end"] == false, id != "c" {
                    elements[id, default: []].append(response["response"] ?? .null)
                }
            }
            for id in ["a", "b"] { #expect(elements[id] == (0..<300).map { .int($0) }) }
        }
    }

    @Test(
        "4 and 5: messages that a method sends arrive in order, before its reply",
        arguments: ["announce", "announceFromAfar"])
    func sends(method: String) async throws {
        let handler = Handler()
        try await withServer(handler) { server in
            try await withRawClient(server.url) { client in
                let peer = PlainPeer(client)
                try await peer.request(method, 200, id: "x")
                for number in 0..<200 { #expect(try await peer.packet()["data"] == .int(Int64(number))) }
                if method == "announce" { #expect(try await peer.packet()["data"] == "last") }
                #expect(try await peer.packet()["rpc"]?["response"] == "done")
            }
        }
    }

    @Test("1 to 5: the order is kept while the peer does not read")
    func unread() async throws {
        try await SlowPeer.connected { peer in
            var expected: [String] = []
            for round in 0..<5 {
                for (method, name) in [("mixed", "m\(round)"), ("quick", "q\(round)")] {
                    peer.raw.send(RawFrame.call(method, "\"\(name)\"", id: name))
                    let calls = expected.count { $0.hasSuffix("-done\"") } + 1
                    await peer.handler.marks.wait(count: calls)
                    expected.append("\(name)-sent")
                    if method == "mixed" { expected += ["\(name)-published", "\(name)-sent-again"] }
                    expected.append("\"response\":\"\(name)-done\"")
                }
            }
            let texts = await peer.textsUpToNow()
            #expect(texts.count == expected.count)
            for (text, expected) in zip(texts, expected) { #expect(text == expected || text.contains(expected)) }
        }
    }

    @Test("6: a packet is handled completely before later packets and requests")
    func packets() async throws {
        try await withPeer { peer, handler in
            try await peer.send(#"{"source":4}"#)
            try await peer.send("no packet")
            try await peer.request("now", "x", id: "x")
            #expect(try await peer.response()["response"] == "x")
            #expect(
                handler.log.values
                    == ["packet begins", "packet ends", "packet begins", "packet ends", "now x"])
        }
    }

    @Test("7: an abort applies only to calls that were sent before it")
    func aborts() async throws {
        try await withPeer { peer, _ in
            try await peer.request("count", 1, id: "s", with: ["credit": 0])
            try await peer.request("__abort__", "s", id: nil)
            try await peer.request("count", 1, id: "s")
            #expect(try await peer.response().ends("s", with: .cancelled))
            #expect(try await peer.response()["response"] == 0)
            #expect(try await peer.response().ends("s"))
        }
    }

    @Test("8: nothing follows the end of a stream")
    func afterTheEnd() async throws {
        let handler = StreamingHandler()
        try await withServer(handler) { server in
            try await PlainPeer.connected(to: server.url) { peer in
                try await peer.request("tap", id: "s", with: ["credit": 100])
                try await peer.request("__abort__", "s", id: nil)
                try await peer.request("__credit__", "s", 100, id: nil)
                var response = try await peer.response()
                while response["is_end"] == false { response = try await peer.response() }
                #expect(response.ends("s", with: .cancelled))
                #expect(try await peer.settle().isSettled)
            }
        }
    }
}
