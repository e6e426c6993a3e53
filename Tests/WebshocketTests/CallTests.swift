import BlockingPeers
import Testing
import Webshocket

@Suite("Calls", .timeLimit(.minutes(5)))
struct CallTests {
    @Test("a call returns its result in either codec", arguments: PacketCodec.codecs)
    func result(codec: PacketCodec) async throws {
        try await withServer(SampleHandler()) { server in
            try await withClient(server.url, codec) { client in
                let sum: Int = try await client.sendRPC("add", 10, 20)
                #expect(sum == 30)
                let response = try await client.response(to: "add", 10, 20)
                #expect(response.data == 30 && response.error == nil)
            }
        }
    }

    @Test("methods take and return custom types", arguments: PacketCodec.codecs)
    func ownTypes(codec: PacketCodec) async throws {
        try await withServer(SampleHandler()) { server in
            try await withClient(server.url, codec) { client in
                let point: Point = try await client.sendRPC("mirror", Point(x: 1, y: 2.5, label: "é"))
                #expect(point == Point(x: 2.5, y: 1, label: "é"))
                let text: String = try await client.sendRPC("five", 1, "two", true, 4.5, [5, 6])
                #expect(text == "1 two true 4.5 [5, 6]")
            }
        }
    }

    @Test("methods take named arguments, defaults and optionals", arguments: PacketCodec.codecs)
    func namedArguments(codec: PacketCodec) async throws {
        try await withServer(SampleHandler()) { server in
            try await withClient(server.url, codec) { client in
                try await client.expect(["a": 1, "b": 2], from: "named", 1)
                try await client.expect(["a": 1, "b": 5], from: "named", 1, named: ["b": 5])
                try await client.expect(["a": "x", "b": 5], from: "named", named: ["b": 5, "a": "x"])
                try await client.expect("Dear Ann", from: "greet", "Ann")
                try await client.expect("Dr Ann", from: "greet", "Ann", named: ["title": "Dr"])
                try await client.expect("Dear Ann", from: "greet", "Ann", WireValue.null)
            }
        }
    }

    @Test("methods may be asynchronous or return nothing", arguments: PacketCodec.codecs)
    func shapes(codec: PacketCodec) async throws {
        try await withServer(SampleHandler()) { server in
            try await withClient(server.url, codec) { client in
                try await client.expect(.null, from: "nothing")
                try await client.expect(.null, from: "later")
                try await client.expect(1, from: "slow", 1)
                try await client.expect([true, true], from: "onLoop")
            }
        }
    }

    @Test(
        "wrong arguments are refused with the argument, the expected type and the received type",
        arguments: [
            ("add", [1], [:], "argument 'b' (2 of 2) is missing"),
            ("add", [1, "x"], [:], "argument 'b' (2 of 2) must be an integer (got a string)"),
            ("add", [1, 2, 3], [:], "expected 2 arguments (got 3)"),
            ("add", [1, 2], ["b": 3], "argument 'b' (2 of 2) is given twice, by position and by name"),
            ("add", [1, 2], ["c": 3], "a named argument is unknown or repeated"),
            ("nothing", [1], [:], "expected 0 arguments (got 1)"),
            ("mirror", [["x": 1]], [:], "argument 1 of 1 must be a value at y (got nothing)"),
            ("mirror", [["x": 1, "y": "?"]], [:], "argument 1 of 1 must be a number at y (got a string)"),
        ] as [(String, [WireValue], [String: WireValue], String)])
    func wrongArguments(method: String, arguments: [WireValue], named: [String: WireValue], message: String)
        async throws
    {
        try await withServer(SampleHandler()) { server in
            for codec in PacketCodec.codecs {
                try await withClient(server.url, codec) { client in
                    let response = try await client.response(to: method, arguments: arguments, named: named)
                    #expect(response.error == .invalidParameters)
                    #expect(response.data == .string(message))
                }
            }
        }
    }

    @Test("a failing call ends with the method's error", arguments: PacketCodec.codecs)
    func errors(codec: PacketCodec) async throws {
        try await withServer(SampleHandler()) { server in
            try await withClient(server.url, codec) { client in
                await #expect(throws: RPCError("no such user")) { let _: Int = try await client.sendRPC("fails") }
                await #expect(throws: RPCError("RPC method 'nope' not found.", code: .methodNotFound)) {
                    let _: Int = try await client.sendRPC("nope")
                }
                await #expect(throws: RPCError("overflow", code: RPCErrorCode(rawValue: 4711))) {
                    let _: Int = try await client.sendRPC("add", Int.max, 1)
                }
            }
        }
    }

    @Test("an error that is not an RPCError is sent as an error ID, and logged with the same ID")
    func foreignError() async throws {
        let lines = Collected<String>()
        var configuration = ServerConfiguration.quiet
        configuration.log = LogSink { _, line in lines.append(line) }
        try await withServer(SampleHandler(), configuration) { server in
            try await withClient(server.url) { client in
                let response = try await client.response(to: "breaks")
                #expect(response.error == .internalError)
                let text = try #require(response.data.asString)
                let id = try #require(text.split(separator: "(").last?.dropLast())
                #expect(text == "Internal error (\(id))")
                #expect(lines.values == ["error \(id): Foreign()"])
            }
        }
    }

    @Test("a result that cannot be encoded is an internal error, and the connection stays open")
    func unencodable() async throws {
        try await withServer(SampleHandler()) { server in
            try await withClient(server.url, .json) { client in
                try await client.expect(error: .internalError, from: "infinite")
                try await client.expect(3, from: "add", 1, 2)
            }
            try await withClient(server.url, .messagePack) { client in
                try await client.expect(.double(.infinity), from: "infinite")
            }
        }
    }

    @Test("calls of one connection run concurrently and may overtake each other")
    func concurrency() async throws {
        try await withServer(SampleHandler()) { server in
            try await withClient(server.url) { client in
                async let slow: Int = client.sendRPC("slow", 300)
                let quick: Int = try await client.sendRPC("slow", 1)
                #expect(quick == 1)
                #expect(try await slow == 300)
            }
        }
    }

    @Test("an aborted call ends as cancelled, and aborting an unknown call is a no-op")
    func abort() async throws {
        try await withServer(SampleHandler()) { server in
            let peer = try await RawPeer(port: server.port)
            peer.send(RawFrame.upgrade)
            peer.send(RawFrame.call("slow", "60000", id: "slow"))
            for id in ["\"unknown\"", "1", "", "\"slow\""] { peer.send(RawFrame.call("__abort__", id)) }
            peer.send(RawFrame.call("add", "1,2", id: "last"))
            let bytes = await peer.received {
                $0.contains(sequence: #""call_id":"last""#) && $0.contains(sequence: #""code":-32005"#)
            }
            #expect(bytes.contains(sequence: #""call_id":"slow","response":"The call was cancelled.","error":-32603"#))
            #expect(bytes.contains(sequence: #""call_id":"last","response":3"#))
            #expect(!bytes.contains(sequence: "__abort__"))
            peer.close()
        }
    }

    @Test("many large calls can be in flight at a time", arguments: PacketCodec.codecs)
    func manyMegabytes(codec: PacketCodec) async throws {
        try await withServer(SampleHandler()) { server in
            try await withClient(server.url, codec) { client in
                let text = String(repeating: "x", count: 1_000_000)
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<32 {
                        group.addTask {
                            let back: String = try await client.sendRPC("echo", text)
                            return back.utf8.count
                        }
                    }
                    for try await count in group { #expect(count == 1_000_000) }
                }
            }
        }
    }

    @Test("check() throws the error of a call without a result")
    func checked() async throws {
        try await withServer(SampleHandler()) { server in
            try await withClient(server.url) { client in
                try await client.sendRPC("nothing")
                await #expect(throws: RPCError("no such user")) { try await client.sendRPC("fails") }
            }
        }
    }

    /// A method that records whether it was cancelled.
    final class Patient: WebSocketHandler {
        let access = Access.everyone
        let begun = Gate()
        let cancelled = Gate()

        func wait(_ connection: Connection) async {
            begun.open()
            try? await Task.sleep(for: .seconds(60))
            if Task.isCancelled { cancelled.open() }
        }

        var methods: RPCMethods { RPCMethod("wait", wait) }
    }

    @Test(
        "a call that its caller cancels or that times out is cancelled on the server",
        arguments: [CallTimeout.milliseconds(50), .never])
    func givenUp(timeout: CallTimeout) async throws {
        let handler = Patient()
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                let call = Task { try await client.sendRPC("wait", timeout: timeout) }
                await handler.begun.wait()
                if timeout == .never { call.cancel() }
                await #expect(throws: (any Error).self) { try await call.value }
                await handler.cancelled.wait()
            }
        }
    }

    /// Sends on its connection while it is being encoded.
    struct Talkative: Encodable, Sendable {
        let connection: Connection

        func encode(to encoder: any Encoder) throws {
            try connection.send("while encoding")
            var container = encoder.singleValueContainer()
            try container.encode("encoded")
        }
    }

    struct TalkativeHandler: WebSocketHandler {
        let access = Access.everyone

        func talk(_ connection: Connection) -> Talkative { Talkative(connection: connection) }
        func closing(_ connection: Connection) -> Int {
            connection.close(.normal, reason: "enough")
            return 1
        }

        var methods: RPCMethods {
            RPCMethod("talk", talk)
            RPCMethod("closing", closing)
        }
    }

    @Test("a call may send on or close its own connection")
    func reentrancy() async throws {
        try await withServer(TalkativeHandler()) { server in
            try await withClient(server.url) { client in
                try await client.expect("encoded", from: "talk")
                #expect(try await client.receive().data == "while encoding")
                let error = await #expect(throws: ClientError.self) { try await client.expect(1, from: "closing") }
                #expect(error?.closure == ConnectionClosure(.normal, reason: "enough", isClean: true))
            }
        }
    }

    @Test("a call is answered after its caller has shut down its sending side")
    func halfClosed() async throws {
        try await withServer(SampleHandler(), .plain) { server in
            let (bytes, port) = (Array(RawFrame.upgrade.utf8) + RawFrame.call("add", "1,2"), server.port)
            let answer = try await BlockingPeer.aside { try BlockingPeer.exchange(bytes, port: port) }
            #expect(answer.contains(sequence: #""response":3"#))
        }
    }

    @Test("a call carries one megabyte in each direction", arguments: PacketCodec.codecs)
    func megabyte(codec: PacketCodec) async throws {
        try await withServer(SampleHandler()) { server in
            try await withClient(server.url, codec) { client in
                let text = String(repeating: "x", count: 1_048_000)
                let back: String = try await client.sendRPC("echo", text)
                #expect(back == text)
            }
        }
    }
}
