import Bytes
import EventLoops
import Testing
import Webshocket

/// Requests that the server cannot parse but still answers under their `call_id`.
@Suite("Requests that cannot be parsed", .timeLimit(.minutes(5)))
struct AttributionTests {
    /// Records the packets that reach `onReceive`.
    final class Handler: WebSocketHandler {
        let access: Access
        let heard = Collected<String>()

        init(access: Access = .everyone) { self.access = access }

        nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws {
            heard.append("\(packet.data ?? .null)")
            try connection.send("heard")
        }

        func echo(_ connection: Connection, value: WireValue) -> WireValue { value }
        func count(_ connection: Connection, to end: Int) -> AsyncStream<Int> { AsyncStream { nil } }

        var methods: RPCMethods {
            RPCMethod("echo", echo)
            RPCMethod("count", count)
        }
    }

    private static func request(_ argument: String, method: String = "echo", end: String = #""call_id":"id""#) -> String
    {
        #"{"source":5,"rpc":{"type":"request","method":"\#(method)","args":[\#(argument)],\#(end)}}"#
    }

    private static func expectRefusal(
        of message: WebSocketMessage, _ codec: PacketCodec = .json, id: String = "id", isStream: Bool = false,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let handler = Handler()
        try await withServer(handler) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                peer.send(message)
                let answer = try await peer.response()
                #expect(answer.callID == id && answer.error == .notAPacket, sourceLocation: sourceLocation)
                #expect(answer.isStream == isStream && answer.isEnd == isStream, sourceLocation: sourceLocation)
                try await peer.expect(7, from: "echo", 7)
            }
        }
        #expect(handler.heard.values.isEmpty, sourceLocation: sourceLocation)
    }

    private static let deep = String(repeating: "[", count: 70) + String(repeating: "]", count: 70)
    private static let veryDeep = String(repeating: "[", count: 20_000) + String(repeating: "]", count: 20_000)
    private static let many = "[" + String(repeating: "0,", count: 70_000) + "0]"

    @Test(
        "a JSON request with a lone surrogate, or with too much depth or too many elements, is answered under its call_id",
        arguments: [
            request(#""\ud83d""#), request(#""\ude00\ud83d\ud83d""#), request(#"{"\udfff":1}"#), request(deep),
            request(veryDeep), request(many), request(deep, end: #""x":"\ud83d","call_id":"\u0069d""#),
            request("0", end: #""kwargs":{"\ud83d":0},"call_id":"id""#), request(#""\ud83d""#, method: "nope"),
        ])
    func json(text: String) async throws {
        try await Self.expectRefusal(of: .text(text))
        try await Self.expectRefusal(of: .binary(Array(text.utf8)))
    }

    @Test("the error response to a call of a streaming method ends the stream")
    func stream() async throws {
        try await Self.expectRefusal(of: .text(Self.request(#""\ud83d""#, method: "count")), isStream: true)
    }

    @Test(
        "a request is answered with an empty call_id if its own cannot be sent back",
        arguments: [
            request(#""\ud83d""#, end: #""call_id":"\ud83d""#), request(#""\ud83d""#, end: #""call_id":7"#),
            request(#""\ud83d""#, end: #""call_id":null"#),
            request(#""\ud83d""#, end: #""call_id":"e\#(String(repeating: #"\u0301"#, count: 31))""#),
        ])
    func noCallID(text: String) async throws {
        try await Self.expectRefusal(of: .text(text), id: "")
    }

    @Test("a JSON request with invalid UTF-8 is answered under its call_id")
    func invalidJSON() async throws {
        let message = Array(Self.request(#""X""#).utf8).replacing(Array("X".utf8), with: [0xED, 0xA0, 0x80])
        try await Self.expectRefusal(of: .binary(message))
    }

    @Test(
        "a MessagePack request with invalid UTF-8 or an invalid key, or above a limit, is answered under its call_id",
        arguments: [
            [0xA2, 0xC3, 0x28], [UInt8](repeating: 0x91, count: 100) + [0xC0], [0x81, 0xCA, 0, 0, 0, 0, 0xC0],
            [0xDD, 0, 1, 0x11, 0x70] + [UInt8](repeating: 0, count: 70_000),
            [UInt8](repeating: 0x91, count: 200_000) + [0xC0],
        ] as [[UInt8]])
    func messagePack(argument: [UInt8]) async throws {
        var buffer = ByteBuffer()
        let request = RPCRequest(method: "echo", arguments: ["X"], callID: "id")
        try PacketCodec.messagePack.write(Packet(source: .rpc, rpc: .request(request)), into: &buffer)
        let message = buffer.array.replacing([0xA1, UInt8(ascii: "X")], with: argument)
        try await Self.expectRefusal(of: .binary(message), .messagePack)
    }

    @Test("a request with notify is not answered")
    func notification() async throws {
        try await withServer(Handler()) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                for argument in [#""\ud83d""#, Self.deep, Self.many] {
                    peer.send(.text(Self.request(argument, end: #""call_id":"id","notify":true"#)))
                }
                try await peer.expect(7, from: "echo", 7)
            }
        }
    }

    @Test("a call_id above the limit is refused with -32602, as in requests that can be parsed")
    func longCallID() async throws {
        try await withServer(Handler()) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                let id = String(repeating: "x", count: 257)
                peer.send(.text(Self.request(#""\ud83d""#, end: #""call_id":"\#(id)""#)))
                let answer = try await peer.refusal()
                #expect(answer.error == .invalidParameters)
                #expect(answer.data == "call_id has 257 bytes; at most 256 are allowed")
            }
        }
    }

    @Test("the handler's guard is checked before the parse error is sent")
    func guarded() async throws {
        try await withServer(Handler(access: .everyone.requires(Has("never")))) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                peer.send(.text(Self.request(#""\ud83d""#)))
                let answer = try await peer.response()
                #expect(answer.callID == "id" && answer.error == .accessDenied)
            }
        }
    }

    @Test(
        "responses, other packets and malformed messages are passed to onReceive",
        arguments: [
            #"{"source":5,"rpc":{"type":"response","call_id":"id","response":"\ud83d"}}"#,
            #"{"source":4,"data":"\ud83d","rpc":{"type":"request","method":"echo","call_id":"id"}}"#,
            request(#""\ud83d""#) + "x", request(#""\ud83d"#), request(#""\ud83d",,"#),
        ])
    func others(text: String) async throws {
        let handler = Handler()
        try await withServer(handler) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                peer.send(.text(text))
                try await peer.expect("heard")
            }
        }
        #expect(handler.heard.values.count == 1)
    }

    @Test("a request with a field of the wrong type is answered under its call_id if there is no onReceive")
    func wrongParts() async throws {
        try await withServer(SampleHandler()) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                for end in [#""kwargs":[]"#, #""notify":1"#, #""method":7"#] {
                    peer.send(.text(Self.request("1", end: #"\#(end),"call_id":"id""#)))
                    let answer = try await peer.response()
                    #expect(answer.callID == "id" && answer.error == .notAPacket)
                }
            }
        }
    }
}
