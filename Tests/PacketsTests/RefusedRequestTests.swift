import Bytes
import Packets
import Testing

@Suite("A refused request")
struct RefusedRequestTests {
    private static func read(_ text: String, limit: Int = 256) -> RefusedRequest? {
        read(Array(text.utf8), .json, limit: limit)
    }

    private static func read(_ bytes: [UInt8], _ codec: PacketCodec, limit: Int = 256) -> RefusedRequest? {
        bytes.withUnsafeBytes { RefusedRequest($0, as: codec, callIDLimit: limit) }
    }

    private static func callID(_ text: String) -> String? {
        read(text)?.callID.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(
        "in JSON keeps its call_id",
        arguments: [
            #"{"source":5,"rpc":{"type":"request","method":"m","args":["\ud83d"],"call_id":"id"}}"#,
            #"{"source":5,"rpc":{"type":"request","method":"m","args":["\udc00\ud83d\ude00\ud83d"],"call_id":"id"}}"#,
            #"{"source":5,"rpc":{"type":"request","method":"m","kwargs":{"\ud83d":1},"call_id":"id"}}"#,
            #"{"source":5,"rpc":{"call_id":"id","args":["\ud83d"],"method":"m","type":"request"}}"#,
            #"{"rpc":{"call_id":"id","type":"request","method":"m"},"x":"\ud83d","source":5}"#,
            " {\n\"source\" :\t5 ,\r\"rpc\" : { \"type\" : \"request\" , \"method\":\"m\", \"call_id\" : \"id\" } } ",
            // Keys and texts can be escaped.
            #"{"s\u006furce":5,"\u0072pc":{"type":"req\u0075est","call\u005fid":"\u0069\u0064","a":"\ud83d"}}"#,
            // The last of several equal keys is used.
            #"{"source":4,"rpc":7,"rpc":{"type":"x","call_id":"x","call_id":"id","type":"request"},"source":5}"#,
            #"{"source":5,"rpc":{"call_id":"x","type":"response"},"rpc":{"type":"request","call_id":"id"}}"#,
            // Equal keys in nested maps are ignored.
            #"{"source":5,"data":{"rpc":{"call_id":"x"}},"rpc":{"type":"request","call_id":"id","a":{"call_id":"x"}}}"#,
            #"{"source":5,"rpc":{"type":"request","args":[[],{},[{"a":[1,{}]}],-1.5e-3,1e999,true,null],"call_id":"id"}}"#,
            #"{"source":5,"rpc":{"type":"request","call_id":"id","args":"\"\\\/\b\f\n\r\t\u00e9"}}"#,
        ])
    func callIDs(text: String) {
        #expect(Self.callID(text) == "id")
    }

    @Test(
        "in JSON is not found if the message is not a well-formed request",
        arguments: [
            "", " ", "{", "7", "[]", "{}", #""\ud83d""#, #"{"source":5}"#, #"{"source":5,"rpc":7}"#,
            #"{"source":5,"rpc":{}}"#, #"{"source":5,"rpc":{"type":"response","call_id":"id"}}"#,
            #"{"source":4,"rpc":{"type":"request","call_id":"id"}}"#, #"{"rpc":{"type":"request","call_id":"id"}}"#,
            #"{"source":5.0,"rpc":{"type":"request","call_id":"id"}}"#,
            #"{"source":"5","rpc":{"type":"request","call_id":"id"}}"#,
            #"{"source":5,"source":null,"rpc":{"type":"request","call_id":"id"}}"#,
            #"{"source":5,"rpc":{"type":"request","call_id":"id"},"rpc":null}"#,
            #"{"source":5,"rpc":{"type":"request","call_id":"id","type":null}}"#,
            #"{"source":5,"rpc":{"type":"request","call_id":"id"}"#,
            #"{"source":5,"rpc":{"type":"request","call_id":"id"}}}"#,
            #"{"source":5,"rpc":{"type":"request","call_id":"id"}} x"#,
            #"{"source":5,"rpc":{"type":"request","call_id":"id",}}"#,
            #"{"source":5,"rpc":{,"type":"request","call_id":"id"}}"#,
            #"{"source":5,"rpc":{"type":"request" "call_id":"id"}}"#,
            #"{"source":5,"rpc":{"type":"request","call_id":"id","args":[1,]}}"#,
            #"{"source":5,"rpc":{"type":"request","call_id":"id","args":[1}]}}"#,
            #"{"source":5,"rpc":{"type":"request","call_id":"id","args":[{"a"}]}}"#,
            #"{"source":5,"rpc":{"type":"request","call_id":"id","args":[{1:2}]}}"#,
            #"{"source":5,"rpc":{"type":"request","call_id":"id","args":[01]}}"#,
            #"{"source":5,"rpc":{"type":"request","call_id":"id","args":[1.]}}"#,
            #"{"source":5,"rpc":{"type":"request","call_id":"id","args":[-]}}"#,
            #"{"source":5,"rpc":{"type":"request","call_id":"id","args":[1e]}}"#,
            #"{"source":5,"rpc":{"type":"request","call_id":"id","args":[nul]}}"#,
            #"{"source":5,"rpc":{"type":"request","call_id":"id","args":["\x"]}}"#,
            #"{"source":5,"rpc":{"type":"request","call_id":"id","args":["\ud8"]}}"#,
            #"{"source":5,"rpc":{"type":"request","call_id":"id","args":["\u+123"]}}"#,
            "{\"source\":5,\"rpc\":{\"type\":\"request\",\"call_id\":\"id\",\"args\":[\"\n\"]}}",
            "\u{FEFF}{\"source\":5,\"rpc\":{\"type\":\"request\",\"call_id\":\"id\"}}",
        ])
    func notRequests(text: String) {
        #expect(Self.read(text) == nil)
    }

    @Test(
        "has no call_id if it is absent, not text, or not text that can be sent back",
        arguments: [
            "", #","call_id":null"#, #","call_id":7"#, #","call_id":"\ud83d""#, #","call_id":"id","call_id":[]"#,
        ])
    func noCallID(member: String) throws {
        let request = try #require(Self.read(#"{"source":5,"rpc":{"type":"request"\#(member)}}"#))
        #expect(request.callID == nil)
    }

    @Test("has a call_id up to the limit", arguments: [255, 256, 257])
    func longCallID(count: Int) throws {
        for id in [String(repeating: "x", count: count), String(repeating: #"\u0078"#, count: count)] {
            let request = try #require(Self.read(#"{"source":5,"rpc":{"type":"request","call_id":"\#(id)"}}"#))
            #expect(request.callIDCount == count)
            #expect(request.callID == (count > 256 ? nil : Array(String(repeating: "x", count: count).utf8)))
        }
    }

    @Test("has its method, and whether it expects a response")
    func method() throws {
        let text =
            #"{"source":5,"rpc":{"type":"request","method":"caf\u00e9 \ud83d\ude00","notify":true,"a":"\ud83d"}}"#
        let request = try #require(Self.read(text))
        #expect(request.method == Array("café 😀".utf8) && request.isNotification && request.hasLoneSurrogate)
        let other = try #require(Self.read(#"{"source":5,"rpc":{"type":"request","method":"\ud83d","notify":null}}"#))
        #expect(other.method == [] && !other.isNotification && other.hasLoneSurrogate)
        let whole = try #require(Self.read(#"{"source":5,"rpc":{"type":"request","a":"\ud83d\ude00","notify":1}}"#))
        #expect(!whole.hasLoneSurrogate && !whole.isNotification)
    }

    @Test("is found with any depth of nesting, before and after the call_id", arguments: PacketCodec.allCases)
    func deep(codec: PacketCodec) throws {
        let depth = 500_000
        let bomb: [UInt8]
        switch codec {
        case .json: bomb = Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        case .messagePack: bomb = [UInt8](repeating: 0x91, count: depth) + [0xC0]
        }
        for key in ["args", "zzzz"] {
            let message = try Self.request(codec, ["type": "request", "call_id": "id", key: "BOMB"])
            #expect(Self.read(message.replacing("BOMB", with: bomb, codec), codec)?.callID == Array("id".utf8))
        }
        // Without its end, it is not well-formed.
        let message = try Self.request(codec, ["call_id": "id", "type": "request", "zzzz": "BOMB"])
        #expect(Self.read(message.replacing("BOMB", with: Array(bomb.prefix(depth)), codec), codec) == nil)
    }

    @Test("in MessagePack is found next to text that is not UTF-8 and keys that are not text")
    func messagePack() throws {
        let message = try Self.request(.messagePack, ["type": "request", "call_id": "id", "args": "BOMB"])
        for value: [UInt8] in [
            [0xA1, 0xFF], [0xD9, 2, 0xED, 0xA0], [0x81, 0xC0, 0xC3], [0x81, 0x91, 0x05, 0x80], [0xC4, 1, 0],
            [0xC7, 0, 1],
            [0xD4, 1, 2], [0xD8] + [UInt8](repeating: 0, count: 17), [0xCA, 1, 2, 3, 4], [0xCB] + [UInt8](1...8),
            [0xCF] + [UInt8](repeating: 0xFF, count: 8), [0xD3] + [UInt8](repeating: 0xFF, count: 8),
            [0xDC, 0, 1, 0x80],
            [0xDF, 0, 0, 0, 1, 0xE0, 0xDE, 0, 0], [0xDA, 0, 1, 0x80], [0xDB, 0, 0, 0, 0], [0xC9, 0, 0, 0, 1, 5, 6],
        ] {
            #expect(
                Self.read(message.replacing("BOMB", with: value, .messagePack), .messagePack)?.callID == [0x69, 0x64])
        }
        for value: [UInt8] in [
            [0xC1], [0xDD, 0xFF, 0xFF, 0xFF, 0xFF], [0xDF, 0xFF, 0xFF, 0xFF, 0xFF], [0xDB, 0xFF, 0xFF, 0xFF, 0xFF],
            [0xC6, 0xFF, 0xFF, 0xFF, 0xFF], [0xC9, 0xFF, 0xFF, 0xFF, 0xFF, 1], [0xDC, 0, 1], [0xA5, 1], [0x91],
            [0xDD, 0, 0, 0, 2, 0xDD, 0xFF, 0xFF, 0xFF, 0xFE],
        ] {
            #expect(Self.read(message.replacing("BOMB", with: value, .messagePack), .messagePack) == nil, "\(value)")
        }
    }

    @Test("agrees with the parser on requests that the parser accepts", arguments: PacketCodec.allCases)
    func agreement(codec: PacketCodec) throws {
        let texts = ["request", "response", "id", "é\"\\\u{0}", "method"]
        let values: [WireValue] = [.null, true, false, 5, 4, -1, 5.5, [], [:]] + texts.map { .string($0) }
        for key in ["source", "type", "call_id", "method", "notify"] {
            for value in values {
                var rpc: [String: WireValue] = ["type": "request", "method": "m", "call_id": "id", "args": [1]]
                if key != "source" { rpc[key] = value }
                var buffer = ByteBuffer()
                try codec.write(.map(["source": key == "source" ? value : 5, "rpc": .map(rpc)]), into: &buffer)
                let request = Self.read(buffer.array, codec)
                buffer.withBytes { bytes in
                    try? PacketParser().read(bytes, as: codec) { root in
                        guard case .request(let parsed) = try IncomingPacket(root).body else {
                            return #expect(request == nil)
                        }
                        #expect(request?.callID == parsed.callID.map { Array($0) })
                        #expect(request?.method == Array(parsed.method))
                        #expect(request?.isNotification == parsed.isNotification)
                    }
                }
            }
        }
    }

    private static func request(_ codec: PacketCodec, _ rpc: [String: WireValue]) throws -> [UInt8] {
        var buffer = ByteBuffer()
        try codec.write(.map(["source": 5, "rpc": .map(rpc)]), into: &buffer)
        return buffer.array
    }
}

extension [UInt8] {
    /// Replaces a text with raw bytes.
    fileprivate func replacing(_ text: String, with bytes: [UInt8], _ codec: PacketCodec) -> [UInt8] {
        switch codec {
        case .json: replacing(Array("\"\(text)\"".utf8), with: bytes)
        case .messagePack: replacing([0xA0 | UInt8(text.utf8.count)] + Array(text.utf8), with: bytes)
        }
    }
}
