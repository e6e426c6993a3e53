import Testing
import Webshocket

@Suite("Non-packet messages", .timeLimit(.minutes(5)))
struct MessageKindTests {
    struct Failure: Error {}

    struct Reading: Codable, Sendable, Equatable {
        var celsius: Double
    }

    /// Answers each message with its content and the name of the handler that received it.
    struct Handler: WebSocketHandler {
        let access = Access.everyone
        var hearsText = false
        var hearsBinary = false
        var hearsJSON = false

        func onReceive(_ connection: Connection, packet: Packet) async throws {
            try connection.send("onReceive \(packet.source.rawValue) \(packet.data ?? .null)")
        }

        func text(_ connection: Connection, text: String) throws {
            switch text {
            case "refuse": throw RPCError("not now", code: .overloaded)
            case "close": throw ConnectionClosure(4_001)
            case "fail": throw Failure()
            default: try connection.send("text \(text)")
            }
        }

        var messages: MessageHandlers {
            if hearsText { OnText(text) }
            if hearsBinary { OnBinary { connection, bytes in try connection.send("binary \(bytes)") } }
            if hearsJSON {
                OnJSON { (connection: Connection, reading: Reading) in try connection.send("JSON \(reading.celsius)") }
            }
        }
    }

    private static let reading = WebSocketMessage.text(#"{"celsius":1.5}"#)

    @Test(
        "a message is passed to the handler of its kind, or to onReceive if there is none",
        arguments: PacketCodec.allCases)
    func kinds(codec: PacketCodec) async throws {
        let heard: [(handler: Handler, message: WebSocketMessage, answer: WireValue)] = [
            (Handler(hearsText: true), .text("hello"), "text hello"),
            (Handler(hearsText: true), .text(""), "text "),
            (Handler(hearsText: true), Self.reading, #"text {"celsius":1.5}"#),
            (Handler(hearsText: true), .text(#"{"source":9}"#), #"text {"source":9}"#),
            (Handler(hearsText: true), .binary([0xc1]), #"onReceive 3 "wQ==""#),
            (Handler(hearsBinary: true), .binary([0xc1]), "binary [193]"),
            (Handler(hearsBinary: true), .binary([]), "binary []"),
            (Handler(hearsBinary: true), .text("hello"), #"onReceive 3 "hello""#),
            (Handler(hearsJSON: true), Self.reading, "JSON 1.5"),
            (Handler(hearsJSON: true), .text("hello"), #"onReceive 3 "hello""#),
            (Handler(hearsJSON: true), .binary([0xc1]), #"onReceive 3 "wQ==""#),
            (Handler(hearsText: true, hearsJSON: true), Self.reading, "JSON 1.5"),
            (Handler(hearsText: true, hearsJSON: true), .text("{"), "text {"),
            (Handler(hearsBinary: true, hearsJSON: true), .binary(Array("1".utf8)), "binary [49]"),
            (Handler(), .text("hello"), #"onReceive 3 "hello""#),
        ]
        for (handler, message, answer) in heard {
            try await withServer(handler) { server in
                try await PacketPeer.connected(to: server, codec) { peer in
                    peer.send(message)
                    try await peer.expect(answer)
                }
            }
        }
    }

    @Test("binary JSON is passed to OnJSON only if the peer's codec is JSON")
    func binaryJSON() async throws {
        let message = WebSocketMessage.binary(Array(#"{"celsius":1.5}"#.utf8))
        try await withServer(Handler(hearsText: true, hearsJSON: true)) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                peer.send(message)
                try await peer.expect("JSON 1.5")
            }
            try await PacketPeer.connected(to: server, .messagePack) { peer in
                peer.send(message)
                let answer = try await peer.packet().data?.asString
                #expect(answer?.hasPrefix("onReceive 3") == true)
            }
        }
    }

    @Test(
        "JSON of the wrong type is refused with the expected type, and the connection stays open",
        arguments: PacketCodec.allCases)
    func wrongJSON(codec: PacketCodec) async throws {
        try await withServer(Handler(hearsText: true, hearsJSON: true)) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                for (text, fault) in [
                    (#"{"celsius":"hot"}"#, "the message must be a number at celsius (got a string)"),
                    ("7", "the message must be a map (got an integer)"),
                ] as [(String, WireValue)] {
                    peer.send(.text(text))
                    let refusal = try await peer.refusal()
                    #expect(refusal.data == fault && refusal.error == .invalidParameters)
                }
                peer.send(Self.reading)
                try await peer.expect("JSON 1.5")
            }
        }
    }

    @Test("a message above the depth limit is refused and not passed to a handler", arguments: PacketCodec.allCases)
    func caps(codec: PacketCodec) async throws {
        try await withServer(Handler(hearsText: true, hearsBinary: true, hearsJSON: true)) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                peer.send(.text(String(repeating: "[", count: 65) + String(repeating: "]", count: 65)))
                let refusal = try await peer.refusal()
                #expect(refusal.data == "The message is nested too deeply." && refusal.error == .notAPacket)
                peer.send(Self.reading)
                try await peer.expect("JSON 1.5")
            }
        }
    }

    @Test(
        "an RPCError of a handler is sent, and any other error closes the connection", arguments: PacketCodec.allCases)
    func errors(codec: PacketCodec) async throws {
        try await withServer(Handler(hearsText: true)) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                peer.send(.text("refuse"))
                let refusal = try await peer.refusal()
                #expect(refusal.data == "not now" && refusal.error == .overloaded)
                peer.send(.text("close"))
                try await peer.expectClose(4_001)
            }
            try await PacketPeer.connected(to: server, codec) { peer in
                peer.send(.text("fail"))
                try await peer.expectClose(.internalError)
            }
        }
    }

    @Test("messages without a handler are refused if there is no onReceive", arguments: PacketCodec.allCases)
    func nobody(codec: PacketCodec) async throws {
        struct Deaf: WebSocketHandler {
            let access = Access.everyone

            var messages: MessageHandlers { OnEvent("heard") { connection in try connection.send("heard") } }
        }
        try await withServer(Deaf()) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                peer.send(.text("hello"))
                #expect(try await peer.refusal().error == .notAPacket)
                try peer.send(nil, event: "unheard")
                #expect(try await peer.refusal().data == "this path accepts RPC calls only")
                try peer.send(nil, event: "heard")
                try await peer.expect("heard")
            }
        }
    }
}
