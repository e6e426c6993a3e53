import Bytes
import EventLoops
import Testing
import Webshocket

@Suite("Call edge cases", .timeLimit(.minutes(5)))
struct CallEdgeTests {
    /// Methods that wait for a gate, fail in unusual ways, or have a guard that closes the connection.
    final class Handler: WebSocketHandler {
        let access = Access.everyone
        let gate = Gate()
        let cancelled = Collected<Int>()
        let ran = Collected<String>()

        func wait(_ connection: Connection, number: Int) async -> Int {
            ran.append("\(number)")
            await withTaskCancellationHandler {
                await gate.wait()
            } onCancel: {
                cancelled.append(number)
            }
            return number
        }
        func mark(_ connection: Connection, name: String) { ran.append(name) }
        func verbose(_ connection: Connection) throws { throw RPCError(String(repeating: "x", count: 5_000)) }
        func odd(_ connection: Connection) throws { throw RPCError("seat taken", code: 4001, data: .double(.nan)) }

        var methods: RPCMethods {
            RPCMethod("wait", wait)
            RPCMethod("mark", mark)
            RPCMethod("verbose", verbose)
            RPCMethod("odd", odd)
            RPCMethod("shut", mark).requires(
                Check("closes") { connection in
                    connection.close()
                    return true
                })
        }
    }

    private func withPeer(
        callsInFlight: Int = 128, replySize: Int = 4_000, _ body: (PlainPeer, Handler) async throws -> Void
    ) async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.callsInFlight = callsInFlight
        configuration.limits.replySize = replySize
        let handler = Handler()
        try await withServer(handler, configuration) { server in
            try await PlainPeer.connected(to: server.url) { try await body($0, handler) }
        }
    }

    @Test("calls can be aborted when the limit of calls in flight is reached")
    func abortAtTheCap() async throws {
        try await withPeer(callsInFlight: 3) { peer, handler in
            for number in 0..<3 { try await peer.request("wait", .int(Int64(number)), id: "\(number)") }
            for id in ["0", "1", "2"] { try await peer.request("__abort__", .string(id), id: nil) }
            await handler.cancelled.wait(count: 3)
            handler.gate.open()
            for id in ["0", "1", "2"] { #expect(try await peer.response()["call_id"] == .string(id)) }
        }
    }

    @Test("a call above the limit of calls in flight waits, and later requests keep their order")
    func held() async throws {
        try await withPeer(callsInFlight: 2) { peer, handler in
            for number in 0..<6 { try await peer.request("wait", .int(Int64(number)), id: "\(number)") }
            try await peer.request("mark", "behind", id: "m")
            await handler.ran.wait(count: 2)
            for _ in 0..<100 { await Task.yield() }
            #expect(handler.ran.values == ["0", "1"])
            handler.gate.open()
            var answered: Set<WireValue> = []
            for _ in 0..<7 { answered.insert(try await peer.response()["call_id"] ?? .null) }
            #expect(answered == ["0", "1", "2", "3", "4", "5", "m"])
            #expect(handler.ran.values == ["0", "1", "2", "3", "4", "5", "behind"])
        }
    }

    @Test("a method does not run if its guard has closed the connection")
    func closedByGuard() async throws {
        try await withPeer { peer, handler in
            try await peer.request("shut", "never", id: "x")
            await #expect(throws: ClientError.self) { try await peer.response() }
            #expect(handler.ran.values.isEmpty)
        }
    }

    @Test("an error larger than limits.replySize is replaced by -32006")
    func largeError() async throws {
        try await withPeer { peer, _ in
            try await peer.request("verbose", id: "x")
            #expect(try await peer.response()["code"]?.asInt == -32_006)
        }
    }

    @Test("error data that cannot be encoded is left out of the response")
    func oddData() async throws {
        try await withPeer { peer, _ in
            try await peer.request("odd", id: "x")
            let response = try await peer.response()
            #expect(response["response"] == "seat taken" && response["code"]?.asInt == 4001)
            #expect(response["data"] == nil)
        }
    }

    @Test(
        "an invalid timeout is refused, and a very long one is accepted",
        arguments: [
            ("soon", -32_602), (true, -32_602), ([1], -32_602), (-0.001, -32_602), (0, -32_003), (1e-9, nil),
            (1e300, nil), (.uint(.max), nil), (nil, nil),
        ] as [(WireValue, Int?)])
    func timeouts(timeout: WireValue, error: Int?) async throws {
        try await withPeer { peer, _ in
            try await peer.request("mark", "x", id: "x", with: ["timeout": timeout])
            let response = try await peer.response()
            #expect((response["code"] ?? response["error"])?.asInt == error)
        }
    }

    @Test("a NaN timeout is refused in MessagePack, and infinity is accepted", arguments: [Double.nan, .infinity])
    func notANumber(timeout: Double) async throws {
        try await withServer(Handler()) { server in
            let peer = try await RawPeer(port: server.port)
            peer.send(RawFrame.upgrade.dropLast() + "Sec-WebSocket-Protocol: webshocket.v1\r\n\r\n")
            let rpc: WireValue = [
                "type": "request", "method": "mark", "args": ["x"], "call_id": "x", "timeout": .double(timeout),
            ]
            var request = ByteBuffer()
            try PacketCodec.messagePack.write(["source": 5, "rpc": rpc] as WireValue, into: &request)
            peer.send(RawFrame.masked(2, request.array))
            let bytes = await peer.received { $0.contains(sequence: "is_end") }
            #expect(bytes.contains(sequence: "timeout must be") == timeout.isNaN)
            peer.close()
        }
    }

    @Test("a framework method called with notify is not answered")
    func silentCredit() async throws {
        try await withPeer { peer, _ in
            try await peer.request("wait", 1, id: "s")
            try await peer.request("__credit__", "s", -1, id: "q", with: ["notify": true])
            try await peer.request("mark", "x", id: "x")
            #expect(try await peer.response()["call_id"] == "x")
            try await peer.request("__abort__", "s", id: nil)
        }
    }

    @Test("accept() on a server that was never started throws when the server stops")
    func acceptingNothing() async throws {
        let server = WebSocketServer(port: 0, configuration: .quiet)
        let accepting = Task { try await server.accept() }
        await server.stop()
        await #expect(throws: ServerError.self) { try await accepting.value }
    }
}
