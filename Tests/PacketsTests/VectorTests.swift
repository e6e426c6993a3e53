import Bytes
import Foundation
import Packets
import Testing

/// A packet and its encoding in both codecs, as captured from the Python package 0.5.2.
struct Vector: CustomTestStringConvertible {
    let name: String
    let packet: Packet
    let messagePack: [UInt8]
    let json: String

    var testDescription: String { name }

    init(_ name: String, _ packet: Packet, _ messagePack: String, _ json: String) {
        self.name = name
        self.packet = packet
        self.messagePack = hex(messagePack)
        self.json = json
    }

    func bytes(_ codec: PacketCodec) -> [UInt8] {
        switch codec {
        case .messagePack: messagePack
        case .json: Array(json.utf8)
        }
    }

    private static func response(
        _ data: WireValue, error: RPCErrorCode? = nil, isStream: Bool = false, isEnd: Bool = false
    ) -> Packet {
        let response = RPCResponse(callID: "id1", data: data, error: error, isStream: isStream, isEnd: isEnd)
        return Packet(source: .rpc, rpc: .response(response))
    }

    static let all: [Vector] = [
        Vector(
            "request",
            Packet(source: .rpc, rpc: .request(RPCRequest(method: "add", arguments: [10, 20], callID: "id1"))),
            """
            82a6736f7572636505a372706385a474797065a772657175657374a66d6574686f64a3616464a461726773920a14a66b77617267
            7380a763616c6c5f6964a3696431
            """,
            #"{"source":5,"rpc":{"type":"request","method":"add","args":[10,20],"kwargs":{},"call_id":"id1"}}"#),
        Vector(
            "request with named arguments",
            Packet(
                source: .rpc,
                rpc: .request(RPCRequest(method: "named", arguments: [1], named: ["b": 5], callID: "id1"))),
            """
            82a6736f7572636505a372706385a474797065a772657175657374a66d6574686f64a56e616d6564a4617267739101a66b776172
            677381a16205a763616c6c5f6964a3696431
            """,
            #"{"source":5,"rpc":{"type":"request","method":"named","args":[1],"kwargs":{"b":5},"call_id":"id1"}}"#),
        Vector(
            "result", response(30),
            """
            82a6736f7572636505a372706386a474797065a8726573706f6e7365a763616c6c5f6964a3696431a8726573706f6e73651ea565
            72726f72c0a969735f73747265616dc2a669735f656e64c2
            """,
            #"{"source":5,"rpc":{"type":"response","call_id":"id1","response":30,"error":null,"is_stream":false,"#
                + #""is_end":false}}"#),
        Vector(
            "no such method", response("RPC method 'nope' not found.", error: .methodNotFound, isEnd: true),
            """
            82a6736f7572636505a372706386a474797065a8726573706f6e7365a763616c6c5f6964a3696431a8726573706f6e7365bc5250
            43206d6574686f6420276e6f706527206e6f7420666f756e642ea56572726f72d180a7a969735f73747265616dc2a669735f656e64c3
            """,
            #"{"source":5,"rpc":{"type":"response","call_id":"id1","response":"RPC method 'nope' not found.","#
                + #""error":-32601,"is_stream":false,"is_end":true}}"#),
        Vector(
            "access denied", response("Access denied for RPC method 'secret'.", error: .accessDenied, isEnd: true),
            """
            82a6736f7572636505a372706386a474797065a8726573706f6e7365a763616c6c5f6964a3696431a8726573706f6e7365d92641
            63636573732064656e69656420666f7220525043206d6574686f642027736563726574272ea56572726f72d182fea969735f7374
            7265616dc2a669735f656e64c3
            """,
            #"{"source":5,"rpc":{"type":"response","call_id":"id1","response":"#
                + #""Access denied for RPC method 'secret'.","error":-32002,"is_stream":false,"is_end":true}}"#),
        Vector(
            "application error", response("no such user", error: .applicationError),
            """
            82a6736f7572636505a372706386a474797065a8726573706f6e7365a763616c6c5f6964a3696431a8726573706f6e7365ac6e6f
            20737563682075736572a56572726f72d182ffa969735f73747265616dc2a669735f656e64c2
            """,
            #"{"source":5,"rpc":{"type":"response","call_id":"id1","response":"no such user","error":-32001,"#
                + #""is_stream":false,"is_end":false}}"#),
        Vector(
            "element of a stream", response(1, isStream: true),
            """
            82a6736f7572636505a372706386a474797065a8726573706f6e7365a763616c6c5f6964a3696431a8726573706f6e736501a565
            72726f72c0a969735f73747265616dc3a669735f656e64c2
            """,
            #"{"source":5,"rpc":{"type":"response","call_id":"id1","response":1,"error":null,"is_stream":true,"#
                + #""is_end":false}}"#),
        Vector(
            "end of a stream", response(.null, isStream: true, isEnd: true),
            """
            82a6736f7572636505a372706386a474797065a8726573706f6e7365a763616c6c5f6964a3696431a8726573706f6e7365c0a565
            72726f72c0a969735f73747265616dc3a669735f656e64c3
            """,
            #"{"source":5,"rpc":{"type":"response","call_id":"id1","response":null,"error":null,"is_stream":true,"#
                + #""is_end":true}}"#),
        Vector(
            "channel packet", Packet(source: .channel, data: "hi", channel: "news"),
            "83a6736f7572636502a464617461a26869a76368616e6e656ca46e657773",
            #"{"source":2,"data":"hi","channel":"news"}"#),
        Vector(
            "broadcast", Packet(source: .broadcast, data: "to all"),
            "82a6736f7572636501a464617461a6746f20616c6c", #"{"source":1,"data":"to all"}"#),
        Vector(
            "custom packet", Packet(source: .custom, data: ["you_said": "hello"]),
            "82a6736f7572636504a46461746181a8796f755f73616964a568656c6c6f",
            #"{"source":4,"data":{"you_said":"hello"}}"#),
    ]
}

@Suite("The messages of the Python package")
struct VectorTests {
    @Test("are read correctly", arguments: Vector.all, PacketCodec.allCases)
    func reads(vector: Vector, codec: PacketCodec) throws {
        #expect(try packet(vector.bytes(codec), as: codec) == vector.packet)
    }

    @Test("are written byte for byte", arguments: Vector.all, PacketCodec.allCases)
    func writes(vector: Vector, codec: PacketCodec) throws {
        #expect(try written { try codec.write(vector.packet, into: &$0) } == vector.bytes(codec))
    }

    @Test("can contain every type of MessagePack")
    func types() throws {
        let bytes = hex("98c0c3ffcf0000010000000000cb3ff8000000000000a2c3a9c40200ff81a16b9101")
        let expected: WireValue = [
            nil, true, -1, 1_099_511_627_776, 1.5, "é", .bytes([0x00, 0xff]), ["k": [1]],
        ]
        #expect(try value(bytes, as: .messagePack) == expected)
        #expect(try written { try PacketCodec.messagePack.write(expected, into: &$0) } == bytes)
    }

    @Test("can contain every type of JSON")
    func jsonTypes() throws {
        let json = #"[null,true,-1,1099511627776,1.5,"é",{"k":[1]}]"#
        #expect(try value(json: json).json() == json)
    }

    static let capturedFile = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../shared/interop/vectors.json").standardizedFileURL

    @Test(
        "in the captured file can all be read, and are written back unchanged",
        .enabled(if: FileManager.default.isReadableFile(atPath: capturedFile.path), "there is no captured file"))
    func captured() throws {
        let rows = try value(Array(Data(contentsOf: Self.capturedFile)), as: .json, limits: .init(maxElements: 1 << 20))
        var checked = 0
        for row in rows.asArray ?? [] {
            let codec: PacketCodec = row["wire"]?.asString == "json" ? .json : .messagePack
            let name = row["case"]?.asString ?? ""
            var messages = (row["received"]?.asArray ?? []).compactMap { frame in
                frame["text"]?.asString.map { Array($0.utf8) } ?? frame["hex"]?.asString.map(hex)
            }
            // Our encoding differs for the request that omits its defaults.
            if let request = row["sent_hex"]?.asString.map(hex), name != "no call_id, no kwargs" {
                messages.append(request)
            }
            for message in messages {
                let packet = try packet(message, as: codec)
                #expect(try written { try codec.write(packet, into: &$0) } == message, "\(name) in \(codec)")
                checked += 1
            }
        }
        #expect(checked > 50)
    }
}
