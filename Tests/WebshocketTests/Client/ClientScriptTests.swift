import EventLoops
import Testing
import Webshocket

@Suite("A client of a nonconforming server", .timeLimit(.minutes(5)))
struct ClientScriptTests {
    @Test("applies TCP backpressure to a flood while nothing else waits, and loses no element")
    func flood() async throws {
        let count = 5_000
        let padding = String(repeating: "x", count: 10_000)
        let connections = Collected<Connection>()
        try await withScriptedServer { request in
            guard request.method == "flood" else { return request.result("1") }
            connections.append(request.connection)
            for number in 0..<count { request.element(#"[\#(number),"\#(padding)"]"#) }
            request.end()
        } _: { url in
            try await withClient(url, .json) { client in
                var iterator = client.streamRPC("flood", arguments: []).makeAsyncIterator()
                #expect(try await iterator.next()?[0] == 0)
                let connection = try #require(connections.values.first)
                // Both clients share an event loop. In each round trip of the second client, the first one would read
                // if it did not pause.
                try await withClient(url, .json) { other in
                    var (waiting, unchanged) = (0, 0)
                    while unchanged < 50 {
                        try await other.sendRPC("other")
                        let now = await connection.queuedBytes
                        unchanged = now == waiting ? unchanged + 1 : 0
                        waiting = now
                    }
                    // The kernel holds part of the 50 MB, and the rest waits at the server.
                    #expect(waiting > 20_000_000)
                }
                for number in 1..<count { #expect(try await iterator.next()?[0]?.asInt == number) }
                #expect(try await iterator.next() == nil)
            }
        }
    }

    @Test("ends a flood that it must read because a call is pending, and the call is answered")
    func overflow() async throws {
        var configuration = ClientConfiguration(codec: .json)
        configuration.inboxSize = 4
        let aborted = Gate()
        try await withScript(configuration) { request in
            switch request.method {
            case "flood":
                for number in 0..<1_000 { request.element("\(number)") }
            case "__abort__": aborted.open()
            case "call": request.result("7")
            default: break
            }
        } _: { client in
            var iterator = client.streamRPC("flood", credit: 10, as: Int.self).makeAsyncIterator()
            try await iterator.expect([0])
            let answer: Int = try await client.sendRPC("call")
            #expect(answer == 7)
            await aborted.wait()
            // 8 × 10 elements were waiting, and one was taken before.
            try await iterator.expect(1...80)
            let error = try await iterator.expectFailure()
            #expect(error.code == .streamOverflow && error.delivery == .maybeExecuted)
            let again: Int = try await client.sendRPC("call")
            #expect(again == 7)
        }
    }

    @Test("keeps reading for the consumer of another stream while one is held up")
    func twoStreams() async throws {
        try await withScript { request in
            switch request.method {
            case "flood": for number in 0..<200 { request.element("\(number)") }
            case "quiet":
                request.element("1")
                request.end()
            default: break
            }
        } _: { client in
            var held = client.streamRPC("flood", credit: 4, as: Int.self).makeAsyncIterator()
            try await held.expect([0])
            var numbers: [Int] = []
            for try await number in client.streamRPC("quiet", as: Int.self) { numbers.append(number) }
            #expect(numbers == [1])
            try await held.expect(1..<200)
        }
    }

    @Test("drops responses to calls that ended or were never made")
    func lateReplies() async throws {
        try await withScript { request in
            switch request.method {
            case "stream":
                request.element("1")
                request.end()
                request.element("2")
                request.error(-32_001, "too late", isStream: true)
                request.end()
                request.result("3")
            case "call":
                request.result("1")
                request.result("2")
                request.error(-32_001, "too late")
                ScriptedRequest(connection: request.connection, rpc: ["call_id": "nobody's"]).result("4")
            case "notified":
                request.result("5")
            case "last":
                request.connection.send(.text(#"{"source":4,"data":"last"}"#))
            default: break
            }
        } _: { client in
            var numbers: [Int] = []
            for try await number in client.streamRPC("stream", as: Int.self) { numbers.append(number) }
            #expect(numbers == [1])
            let result: Int = try await client.sendRPC("call")
            #expect(result == 1)
            try await client.notify("notified")
            try await client.notify("last", arguments: [])
            #expect(try await client.receive().data == "last")
        }
    }

    @Test("accepts responses in any order, interleaved with stream elements")
    func disorder() async throws {
        let held = Collected<ScriptedRequest>()
        try await withScript { request in
            held.append(request)
            guard held.values.count == 3 else { return }
            let byMethod = Dictionary(uniqueKeysWithValues: held.values.map { ($0.method, $0) })
            byMethod["s"]?.element("1")
            byMethod["b"]?.result("2")
            byMethod["s"]?.element("3")
            byMethod["a"]?.result("4")
            byMethod["s"]?.end()
        } _: { client in
            async let a: Int = client.sendRPC("a")
            async let b: Int = client.sendRPC("b")
            var numbers: [Int] = []
            for try await number in client.streamRPC("s", as: Int.self) { numbers.append(number) }
            #expect(numbers == [1, 3])
            #expect(try await [a, b] == [4, 2])
        }
    }

    @Test("ends a stream if the server closes the connection", arguments: [true, false])
    func endsMidStream(hasElements: Bool) async throws {
        try await withScript { request in
            if hasElements { request.element("1") }
            request.connection.close(.goingAway, reason: "gone")
        } _: { client in
            var iterator = client.streamRPC("s", as: Int.self).makeAsyncIterator()
            if hasElements { try await iterator.expect([1]) }
            let error = try await iterator.expectFailure()
            #expect(error.code == .connectionLost && error.closure?.reason == "gone")
        }
    }

    @Test("sends credit and aborts for a stream in requests with an empty call ID")
    func orders() async throws {
        let requests = Collected<WireValue>()
        let aborted = Gate()
        try await withScript { request in
            requests.append(request.rpc)
            if request.method == "__abort__" { return aborted.open() }
            for number in 0..<4 where request.method == "s" { request.element("\(number)") }
        } _: { client in
            for try await number in client.streamRPC("s", credit: 4, as: Int.self) where number == 3 { break }
            await aborted.wait()
            let sent = requests.values
            let id = try #require(sent[0]["call_id"])
            #expect(sent.map { $0["method"] } == ["s", "__credit__", "__credit__", "__abort__"])
            #expect(sent.dropFirst().map { $0["args"] } == [[id, 2], [id, 2], [id]])
            #expect(sent.dropFirst().allSatisfy { $0["call_id"] == "" })
        }
    }

    @Test("sends the arguments, the credit and the timeout of a stream, and no other fields")
    func request() async throws {
        let requests = Collected<WireValue>()
        try await withScript { request in
            requests.append(request.rpc)
            request.end()
        } _: { client in
            for try await _ in client.streamRPC("a", 1, "x", named: ["k": 2], as: Int.self) {}
            for try await _ in client.streamRPC("b", timeout: .seconds(2), credit: 5, as: Int.self) {}
            for try await _ in client.streamRPC("c", arguments: [1], timeout: .default) {}
            let sent = requests.values
            #expect(sent[0]["args"] == [1, "x"] && sent[0]["kwargs"] == ["k": 2])
            #expect(sent.map { $0["credit"] } == [64, 5, 64])
            #expect(sent.map { $0["timeout"]?.asDouble } == [nil, 2, 30])
            #expect(sent.allSatisfy { $0["notify"] == nil })
        }
    }
}
