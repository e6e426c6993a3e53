import Bytes
import Testing
import Webshocket

@Suite("Long runs of combining marks received by a server", .timeLimit(.minutes(5)))
struct LongRunTests {
    private static let codecs: [PacketCodec] = [.messagePack, .json]

    @Test("an argument with a long run is refused under its call_id, and the connection stays open", arguments: codecs)
    func arguments(codec: PacketCodec) async throws {
        try await withServer(LongRunHandler()) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                for value in Runs.longValues {
                    let answer = try await peer.expect(error: .notAPacket, from: "echo", value)
                    #expect(answer.callID == "a" && !answer.isStream)
                }
                try await peer.expect("fine", from: "echo", "fine")
            }
        }
    }

    @Test("text at the limit is accepted", arguments: codecs)
    func shortRuns(codec: PacketCodec) async throws {
        try await withServer(LongRunHandler()) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                for value in Runs.shortValues { try await peer.expect(value, from: "echo", value) }
            }
        }
    }

    @Test("long runs are refused in named arguments, their names and method names", arguments: codecs)
    func names(codec: PacketCodec) async throws {
        let requests = [
            RPCRequest(method: "named", named: ["text": .string(Runs.long)], callID: "c"),
            RPCRequest(method: "named", named: ["text": "", Runs.long: 1], callID: "c"),
            RPCRequest(method: Runs.long, callID: "c"),
        ]
        try await withServer(LongRunHandler()) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                for request in requests {
                    try peer.send(Packet(source: .rpc, rpc: .request(request)))
                    let answer = try await peer.response()
                    #expect(answer.error == .notAPacket && answer.callID == "c")
                }
                // A refused call_id is not sent back.
                try peer.call("echo", [1], id: Runs.long)
                #expect(try await peer.refusal().error == .notAPacket)
            }
        }
    }

    @Test("a streaming call with a long run ends before its first element", arguments: codecs)
    func stream(codec: PacketCodec) async throws {
        try await withServer(LongRunHandler()) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                let answer = try await peer.answer(from: "elements", .string(Runs.long))
                #expect(answer.error == .notAPacket && answer.isStream && answer.isEnd)
            }
        }
    }

    @Test("a call with notify and a long run is dropped without a response", arguments: codecs)
    func notification(codec: PacketCodec) async throws {
        let rpc: WireValue = ["type": "request", "method": "echo", "args": [.string(Runs.long)], "notify": true]
        let packet: WireValue = ["source": 5, "rpc": rpc]
        try await withServer(LongRunHandler()) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                var buffer = ByteBuffer()
                try codec.encode(packet, into: &buffer, depth: 0)
                peer.send(codec == .json ? .text(String(decoding: buffer.array, as: UTF8.self)) : .binary(buffer.array))
                try await peer.expect("next", from: "echo", "next")
            }
        }
    }

    @Test("a packet with a long run is not passed to onReceive", arguments: codecs)
    func packets(codec: PacketCodec) async throws {
        let handler = LongRunHandler()
        try await withServer(handler) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                for value in Runs.longValues {
                    try peer.send(Packet(source: .custom, data: value))
                    #expect(try await peer.refusal().error == .notAPacket)
                }
                try peer.send(Packet(source: .custom, data: 1, channel: Runs.long))
                #expect(try await peer.refusal().error == .notAPacket)
                try peer.send(Packet(source: .custom, data: .string(Runs.short)))
                try await peer.expect("received")
            }
        }
        #expect(handler.received.values == [Packet(source: .custom, data: .string(Runs.short))])
    }

    /// JSON messages, and whether they are above the limit.
    private static let escapedMessages: [(String, Bool)] = [
        (#"{"source":4,"data":"a\#(String(repeating: #"\u0301"#, count: 31))"}"#, true),
        (#"{"source":4,"data":"a\#(Runs.of("\u{301}", 15))\#(String(repeating: #"\u0316"#, count: 16))"}"#, true),
        (#"{"source":4,"data":"\#(String(repeating: #"\ud83c\udde6"#, count: 257))"}"#, true),
        (#"{"source":4,"data":"\u00e9\#(String(repeating: #"\u0301"#, count: 30))"}"#, true),
        (#"{"source":4,"data":{"a\#(String(repeating: #"\u0344"#, count: 16))":1}}"#, true),
        (#"{"source":4,"data":"a\#(String(repeating: #"\u0301"#, count: 30))"}"#, false),
        (#"{"source":4,"data":"a\#(String(repeating: #"\u0301"#, count: 30))\n\#(Runs.of("\u{301}", 30))"}"#, false),
    ]

    @Test("long runs are detected in escaped JSON", arguments: escapedMessages)
    func escapes(message: String, isRefused: Bool) async throws {
        try await withServer(LongRunHandler()) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                peer.send(.text(message))
                guard isRefused else { return try await peer.expect("received") }
                #expect(try await peer.refusal().error == .notAPacket)
            }
        }
    }

    @Test("a non-packet text message with a long run is not passed to onReceive", arguments: codecs)
    func text(codec: PacketCodec) async throws {
        let handler = LongRunHandler()
        try await withServer(handler) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                peer.send(.text(Runs.long))
                #expect(try await peer.refusal().error == .notAPacket)
                peer.send(.text(Runs.short))
                try await peer.expect("received")
                // The limit does not apply to bytes.
                peer.send(.binary([0xC1] + Runs.long.utf8))
                try await peer.expect("received")
            }
        }
        let data = handler.received.values.map(\.data)
        #expect(data == [.string(Runs.short), .bytes([0xC1] + Runs.long.utf8)])
    }

    @Test("messages with a long run are not passed to the handlers of text, JSON and events", arguments: codecs)
    func messages(codec: PacketCodec) async throws {
        struct Listener: WebSocketHandler {
            let access = Access.everyone
            let heard = Collected<String>()

            var messages: MessageHandlers {
                OnText { connection, text in
                    heard.append(text)
                    try connection.send("heard")
                }
                OnJSON { (connection: Connection, list: [String]) in
                    heard.append(list.joined())
                    try connection.send("heard")
                }
                OnEvent("said") { (connection: Connection, text: String) in
                    heard.append(text)
                    try connection.send("heard")
                }
            }
        }
        let listener = Listener()
        try await withServer(listener) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                peer.send(.text(Runs.long))
                #expect(try await peer.refusal().error == .notAPacket)
                peer.send(.text(#"["\#(Runs.long)"]"#))
                #expect(try await peer.refusal().error == .notAPacket)
                peer.send(.text(#"["a\#(String(repeating: #"\u0301"#, count: 31))"]"#))
                #expect(try await peer.refusal().error == .notAPacket)
                try peer.send(.string(Runs.long), event: "said")
                #expect(try await peer.refusal().error == .notAPacket)
                try peer.send("fine", event: "said")
                try await peer.expect("heard")
            }
        }
        #expect(listener.heard.values == ["fine"])
    }

    @Test("a long run on a raw path closes the connection with 1007", arguments: ["/all", "/text", "/json"])
    func rawPaths(path: String) async throws {
        try await withServer(routes: {
            WebSocketRoute("/all", access: .everyone) { connection, message in connection.send(message) }
            WebSocketRoute("/text", access: .everyone, receiving: String.self) { connection, text in
                connection.send(text: text)
            }
            WebSocketRoute("/json", access: .everyone, receiving: [String].self) { connection, list in
                connection.send(text: list.joined())
            }
        }) { server in
            let isJSON = path == "/json"
            try await PacketPeer.connected(to: server, path: path, .json) { peer in
                peer.send(.text(isJSON ? #"["\#(Runs.short)"]"# : Runs.short))
                #expect(try await peer.frame().payload == Array(Runs.short.utf8))
                peer.send(.text(isJSON ? #"["\#(Runs.long)"]"# : Runs.long))
                let (first, payload) = try await peer.frame()
                #expect(first == 0x88 && payload.prefix(2) == [0x03, 0xEF] && payload.count > 2)
            }
        }
    }

    @Test("a packet with a long run is not returned by receive()", arguments: codecs)
    func accepting(codec: PacketCodec) async throws {
        try await withServer(WebSocketServer(port: 0, configuration: .quiet)) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                let connection = try await server.accept()
                try peer.send(Packet(source: .custom, data: [Runs.long: 1]))
                // If the packet were accepted, the response to `__ping__` would arrive first.
                try peer.call("__ping__", [])
                #expect(try await peer.refusal().error == .notAPacket)
                #expect(try await peer.response().error == nil)
                try peer.send(Packet(source: .custom, data: [Runs.short: 1]))
                #expect(try await connection.receive().data == [Runs.short: 1])
            }
        }
    }
}
