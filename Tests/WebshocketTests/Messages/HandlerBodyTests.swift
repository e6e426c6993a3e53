import Testing
import Webshocket

@Suite("Handler bodies", .timeLimit(.minutes(5)))
struct HandlerBodyTests {
    /// The values that a body sends when it runs with a packet.
    private func outcome(of body: HandlerBody, _ packet: Packet) async throws -> [WireValue] {
        let sent = Collected<WireValue>()
        struct Runner: WebSocketHandler {
            let access = Access.everyone
            let run: HandlerBody.Run

            func run(_ connection: Connection) async throws {
                switch run {
                case .now(let body): try body(connection)
                case .later(let body): try await body(connection)
                }
            }

            var methods: RPCMethods { RPCMethod("run", run) }
        }
        try await withServer(Runner(run: try body.reading(packet, "data of event 'x'"))) { server in
            try await withClient(server.url) { client in
                try await client.expect(.null, from: "run")
                sent.append(try await client.receive().data ?? .null)
            }
        }
        return sent.values
    }

    @Test("a body reads a packet created locally in the same way as a received one")
    func packets() async throws {
        let packet = Packet(source: .channel, data: ["x": 1, "y": 2], channel: "c", event: "moved")
        let typed = HandlerBody { (point: Point) in .now { try $0.send(point.x + point.y) } }
        #expect(try await outcome(of: typed, packet) == [3.0])
        let late = HandlerBody { (point: Point) in .later { try $0.send(point.x) } }
        #expect(try await outcome(of: late, packet) == [1.0])
        let whole = HandlerBody(packet: { packet in .now { try $0.send(packet.channel) } })
        #expect(try await outcome(of: whole, packet) == ["c"])
        #expect(try await outcome(of: whole, Packet(source: .channel, channel: "d")) == ["d"])
        let none = HandlerBody(.now { try $0.send("came") })
        #expect(try await outcome(of: none, packet) == ["came"])
        let maybe = HandlerBody { (text: String?) in .now { try $0.send(text) } }
        #expect(try await outcome(of: maybe, Packet(source: .channel)) == [.null])
    }

    @Test("the error for data of the wrong type names the expected type")
    func wrongData() {
        let body = HandlerBody { (point: Point) in .now { _ in } }
        let wrong: [(WireValue?, String)] = [
            (nil, "data of event 'x' must be a map (got null)"),
            (7, "data of event 'x' must be a map (got an integer)"),
            (["x": 1, "y": "2"], "data of event 'x' must be a number at y (got a string)"),
            (["x": 1], "data of event 'x' must be a value at y (got nothing)"),
        ]
        for (data, message) in wrong {
            #expect(throws: RPCError(message, code: .invalidParameters)) {
                _ = try body.reading(Packet(source: .channel, data: data), "data of event 'x'")
            }
        }
    }
}
