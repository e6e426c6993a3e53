import EventLoops
import Testing
import Webshocket

@Suite("A client call", .timeLimit(.minutes(5)))
struct ClientCallTests {
    @Test("sends its timeout to the server", arguments: PacketCodec.codecs)
    func timeoutOnTheWire(codec: PacketCodec) async throws {
        let handler = SequenceHandler()
        try await withServer(handler) { server in
            try await withClient(server.url, codec) { client in
                let error = await #expect(throws: ClientError.self) {
                    try await client.sendRPC("patient", timeout: .milliseconds(100))
                }
                #expect(error?.code == .timedOut && error?.delivery == .maybeExecuted)
                await handler.cancelled.wait()
            }
        }
    }

    @Test("accepts fractional and unlimited timeouts", arguments: PacketCodec.codecs)
    func fractions(codec: PacketCodec) async throws {
        try await withServer(SampleHandler()) { server in
            try await withClient(server.url, codec) { client in
                for timeout in [CallTimeout.seconds(20.5), .seconds(1e300), .seconds(.infinity)] {
                    try await client.sendRPC("nothing", timeout: timeout)
                }
                for timeout in [CallTimeout.seconds(0.0), .seconds(-1.5), .seconds(.nan)] {
                    let error = await #expect(throws: ClientError.self) {
                        try await client.sendRPC("nothing", timeout: timeout)
                    }
                    #expect(error?.code == .invalidConfiguration && error?.delivery == .notSent)
                }
                let error = await #expect(throws: ClientError.self) {
                    try await client.sendRPC("slow", 10_000, timeout: .seconds(0.05))
                }
                #expect(error?.code == .timedOut)
            }
        }
    }

    @Test("fails at once if it exceeds the server's limit on elements", arguments: PacketCodec.codecs)
    func elements(codec: PacketCodec) async throws {
        try await withServer(SampleHandler()) { server in
            try await withClient(server.url, codec) { client in
                // The packet adds a few elements, so the limit for the argument is slightly below the server's. Every
                // call here is either answered or refused.
                var answered = 0
                for count in 65_515...65_536 {
                    let numbers = WireValue.array(Array(repeating: 0, count: count))
                    do {
                        try await client.sendRPC("echo", arguments: [numbers], timeout: .seconds(20))
                        answered += 1
                    } catch let error as ClientError {
                        #expect(error.code == .requestTooLarge)
                    }
                }
                #expect((1..<22).contains(answered))
            }
        }
    }

    @Test("sends its timeout in seconds, at least a millisecond, or no timeout if it is unlimited")
    func seconds() async throws {
        let timeouts = Collected<Double?>()
        try await withScript { request in
            guard request.method == "m" else { return }
            timeouts.append(request.rpc["timeout"]?.asDouble)
            request.result("1")
        } _: { client in
            for timeout in [CallTimeout.default, .milliseconds(1_500), .after(.seconds(3_600)), .never] {
                try await client.sendRPC("m", timeout: timeout)
            }
            // This call usually times out before its response.
            _ = try? await client.sendRPC("m", timeout: .after(.nanoseconds(1)))
            try await client.sendRPC("m", arguments: [], timeout: .never)
            #expect(timeouts.values.prefix(4) == [30, 1.5, 3_600, nil])
            #expect(timeouts.values.dropFirst(4).dropLast().allSatisfy { $0 == 0.001 })
        }
    }

    @Test("fails with the same error whether the server or the client detects the timeout", arguments: [true, false])
    func oneTimeout(serverIsFirst: Bool) async throws {
        try await withScript { request in
            if serverIsFirst { request.error(-32_003, "The deadline passed.") }
        } _: { client in
            let timeout = CallTimeout.after(serverIsFirst ? .seconds(50) : .milliseconds(20))
            let typed = await #expect(throws: ClientError.self) {
                let _: Int = try await client.sendRPC("m", timeout: timeout)
            }
            let whole = await #expect(throws: ClientError.self) {
                _ = try await client.sendRPC("m", arguments: [], timeout: timeout)
            }
            #expect(typed == whole && typed?.code == .timedOut && typed?.delivery == .maybeExecuted)
            guard serverIsFirst else { return }
            let stream = await #expect(throws: ClientError.self) {
                for try await _ in client.streamRPC("m", timeout: timeout, as: Int.self) {}
            }
            #expect(stream == typed)
            // A call without a timeout cannot time out, so the method's own error is returned.
            let response = try await client.response(to: "m", timeout: .never)
            #expect(response.error == .deadlineExceeded)
        }
    }

    @Test("is not sent if its timeout is not positive")
    func badTimeout() async throws {
        let requests = Collected<String>()
        try await withScript { request in
            requests.append(request.method)
            request.result("1")
        } _: { client in
            for timeout in [CallTimeout.after(.zero), .seconds(-1)] {
                let error = await #expect(throws: ClientError.self) {
                    try await client.sendRPC("bad", timeout: timeout)
                }
                #expect(error?.code == .invalidConfiguration)
            }
            try await client.sendRPC("good")
            #expect(requests.values == ["good"])
        }
        var configuration = ClientConfiguration()
        configuration.callTimeout = .zero
        let error = await #expect(throws: ClientError.self) {
            try await WebSocketClient("ws://127.0.0.1:1", configuration: configuration).connect()
        }
        #expect(error?.code == .invalidConfiguration)
    }

    @Test("throws an error with the server's data and retry time", arguments: PacketCodec.codecs)
    func structuredError(codec: PacketCodec) async throws {
        let expected = RPCError("slow down", code: .rateLimited, data: ["limit": 5], retryAfter: .milliseconds(250))
        try await withServer(SequenceHandler()) { server in
            try await withClient(server.url, codec) { client in
                await #expect(throws: expected) { let _: Int = try await client.sendRPC("refused") }
                await #expect(throws: expected) { try await client.sendRPC("refused") }
            }
        }
    }

    @Test("accepts a response with more values than a request may have", arguments: PacketCodec.codecs)
    func manyValues(codec: PacketCodec) async throws {
        try await withServer(SequenceHandler()) { server in
            try await withClient(server.url, codec) { client in
                let numbers: [Int] = try await client.sendRPC("many", 100_000)
                #expect(numbers.count == 100_000)
            }
        }
    }

    @Test("without a response runs and is not answered", arguments: PacketCodec.codecs)
    func notify(codec: PacketCodec) async throws {
        let journal = LifecycleTests.Journal()
        try await withServer(journal) { server in
            try await withClient(server.url, codec) { client in
                try await client.notify("hello")
                try await client.notify("hello", arguments: [])
                // Neither an invalid call nor one of an unknown method is answered.
                try await client.notify("hello", 1, named: ["a": 2])
                try await client.notify("nope")
                try await client.send("last")
                #expect(try await client.receive().data == ["you_said": "last"])
            }
            await journal.left.wait()
        }
        #expect(journal.events.values.filter { $0 == "hello" }.count == 2)
    }

    @Test("without a response has a unique ID")
    func notifyOnTheWire() async throws {
        let requests = Collected<WireValue>()
        try await withScript { request in
            requests.append(request.rpc)
            request.result("1")
        } _: { client in
            try await client.notify("a", 1, "x", named: ["k": 2])
            try await client.notify("a", arguments: [1, "x"], named: ["k": 2])
            try await client.sendRPC("a")
            let sent = requests.values
            #expect(sent.prefix(2).allSatisfy { $0["notify"] == true && $0["timeout"] == nil })
            #expect(sent.prefix(2).allSatisfy { $0["args"] == [1, "x"] && $0["kwargs"] == ["k": 2] })
            #expect(sent[2]["notify"] == nil && Set(sent.map { $0["call_id"]?.asString }).count == 3)
        }
        let error = await #expect(throws: ClientError.self) {
            try await WebSocketClient("ws://127.0.0.1:1", configuration: .raw).notify("m")
        }
        #expect(error?.code == .cannotEncode)
    }
}
