import Bytes
import Packets
import Testing

@Suite("Hostile input")
struct HostileInputTests {
    // MARK: - Limits

    static func nested(_ depth: Int, _ codec: PacketCodec) -> [UInt8] {
        switch codec {
        case .messagePack: [UInt8](repeating: 0x91, count: depth - 1) + [0x90]
        case .json:
            [UInt8](repeating: UInt8(ascii: "["), count: depth) + [UInt8](repeating: UInt8(ascii: "]"), count: depth)
        }
    }

    @Test("can nest 64 levels deep, but not 65", arguments: PacketCodec.allCases)
    func depth(codec: PacketCodec) {
        #expect(refusal(Self.nested(64, codec), as: codec) == nil)
        #expect(refusal(Self.nested(65, codec), as: codec) == .tooDeep)
        #expect(refusal(Self.nested(1_000_000, codec), as: codec) == .tooDeep)
    }

    @Test("can nest maps 64 levels deep, but not 65", arguments: [64, 65])
    func mapDepth(depth: Int) {
        let expected: PacketError? = depth == 64 ? nil : .tooDeep
        let bytes = Array(repeatElement(hex("81a161"), count: depth - 1).joined()) + [0x80]
        #expect(refusal(bytes, as: .messagePack) == expected)
        let json = String(repeating: #"{"a":"#, count: depth - 1) + "{}" + String(repeating: "}", count: depth - 1)
        #expect(refusal(Array(json.utf8), as: .json) == expected)
    }

    @Test("can nest up to a lower limit", arguments: PacketCodec.allCases)
    func lowerDepth(codec: PacketCodec) {
        let limits = PacketLimits(maxDepth: 3)
        #expect(refusal(Self.nested(3, codec), as: codec, limits: limits) == nil)
        #expect(refusal(Self.nested(4, codec), as: codec, limits: limits) == .tooDeep)
    }

    @Test("can have 65,536 elements including the outermost, but not more", arguments: PacketCodec.allCases)
    func elements(codec: PacketCodec) throws {
        func array(_ count: Int) -> [UInt8] {
            written {
                codec.beginArray(count: count, into: &$0)
                for index in 0..<count {
                    codec.separate(index, into: &$0)
                    codec.writeInt64(1, into: &$0)
                }
                codec.endArray(into: &$0)
            }
        }
        #expect(refusal(array(65_535), as: codec) == nil)
        #expect(refusal(array(65_536), as: codec) == .tooManyElements)
    }

    @Test("with 50,000 keys is rejected, unless the limit is higher", arguments: PacketCodec.allCases)
    func manyKeys(codec: PacketCodec) throws {
        let bytes = written {
            codec.beginMap(count: 50_000, into: &$0)
            for index in 0..<50_000 {
                codec.writeKey("key\(index)", at: index, into: &$0)
                codec.writeNull(into: &$0)
            }
            codec.endMap(into: &$0)
        }
        #expect(refusal(bytes, as: codec) == .tooManyElements)
        #expect(try value(bytes, as: codec, limits: .init(maxElements: 200_000)).asMap?.count == 50_000)
    }

    // MARK: - Claims

    @Test(
        "that claims more elements than it contains is rejected, and no memory is reserved for them",
        arguments: [
            "ddffffffff", "dfffffffff", "dcffff", "deffff", "9f", "8f", "dbffffffff61", "daffff", "d9ff", "bf61",
            "c6ffffffff", "c5ffff", "c4ff", "c9ffffffff01", "c9fffffffe01", "c9ffffffff", "c8ffff01", "c7ff01",
            "d8 01 00",
            "dd 00010000 c0c0c0", "92 dcffff", "",
        ])
    func claims(message: String) {
        let parser = PacketParser()
        let bytes = hex(message)
        #expect(throws: PacketError.truncated) {
            try bytes.withUnsafeBytes { try parser.read($0, as: .messagePack) { _ in } }
        }
        #expect(parser.reservedTokens <= 64)
    }

    @Test("with nested large arrays fails at the second, whatever follows")
    func chainedArrays() {
        let parser = PacketParser()
        let bytes = (0..<24_576).flatMap { _ in hex("dcffff") }
        #expect(throws: PacketError.truncated) {
            try bytes.withUnsafeBytes { try parser.read($0, as: .messagePack) { _ in } }
        }
        #expect(parser.reservedTokens <= 64)
        // The remaining bytes suffice for each claim alone, but not for their sum.
        let nested = hex("dc0064") + hex("dc0064") + [UInt8](repeating: 0xc0, count: 150)
        #expect(refusal(nested, as: .messagePack) == .truncated)
    }

    @Test("of a large size has its memory released after 16 small messages", arguments: PacketCodec.allCases)
    func letsGo(codec: PacketCodec) throws {
        let parser = PacketParser()
        let large = try written { try codec.write(.array(Array(repeating: 1.5, count: 60_000)), into: &$0) }
        let small = try written { try codec.write([1, 2], into: &$0) }
        _ = try large.withUnsafeBytes { try parser.read($0, as: codec) { $0.count } }
        #expect(parser.reservedTokens >= 60_000)
        for _ in 0..<20 { _ = try small.withUnsafeBytes { try parser.read($0, as: codec) { $0.count } } }
        #expect(parser.reservedTokens <= 4_096 && parser.reservedText <= 65_536)
    }

    // MARK: - Grammar

    @Test(
        "in MessagePack that violates the grammar is rejected",
        arguments: [
            ("c1", .malformed), ("91c1", .malformed), ("0102", .malformed), ("9101c0", .malformed),
            ("a1ff", .invalidUTF8), ("a2c080", .invalidUTF8), ("a3eda080", .invalidUTF8), ("a4f4908080", .invalidUTF8),
            ("a2c3", .truncated), ("a1c3", .invalidUTF8), ("81a1ff01", .invalidUTF8), ("a3e28228", .invalidUTF8),
        ] as [(String, PacketError)])
    func messagePackGrammar(message: String, reason: PacketError) {
        #expect(refusal(hex(message), as: .messagePack) == reason)
    }

    @Test(
        "that is not UTF-8 is found at any position", arguments: [0, 7, 8, 15, 16, 31, 32, 33, 63, 64, 200],
        PacketCodec.allCases)
    func invalidUTF8(position: Int, codec: PacketCodec) {
        var bytes = written { codec.writeString(String(repeating: "a", count: 256), into: &$0) }
        bytes[bytes.count - 256 - (codec == .json ? 1 : 0) + position] = 0xff
        #expect(refusal(bytes, as: codec) == .invalidUTF8)
    }

    @Test(
        "in JSON that violates the grammar is rejected",
        arguments: [
            "", " ", "[1", "[1,]", "{\"a\":1,}", "{a:1}", "[1] 2", "[1]]", "'a'", "\"abc", "tru", "nul", "01", "-",
            "1e",
            "1.", ".5", "+1", "0x10", "[1 2]", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{1:2}", "//", "[1]\0", "\0",
            "\u{feff}[1]",
            "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\ud800\"", "\"\\ud800a\"", "\"\\x\"", "\"\\u12\"", "\"\u{1}\"",
            "\"a\nb\"",
        ])
    func jsonGrammar(json: String) {
        #expect(refusal(Array(json.utf8), as: .json) != nil)
    }

    @Test("in JSON can contain an escaped NUL and a complete surrogate pair")
    func escapes() throws {
        #expect(try value(json: #""\u0000\ud83d\ude00""#) == .string("\0\u{1f600}"))
    }

    // MARK: - Damage

    static let whole: WireValue = [
        "source": 5,
        "rpc": ["type": "request", "method": "añd", "args": [1, -300, 1.5, nil, true, "x\"y", [["k": 70_000]]]],
    ]

    @Test("that is truncated anywhere is rejected", arguments: PacketCodec.allCases)
    func truncated(codec: PacketCodec) throws {
        let bytes = try written { try codec.write(Self.whole, into: &$0) }
        for end in 0..<bytes.count { #expect(refusal(Array(bytes[..<end]), as: codec) != nil, "cut at \(end)") }
        #expect(refusal(bytes, as: codec) == nil)
    }

    @Test(
        "with any changed byte is read or rejected, and can be written if it was read", arguments: PacketCodec.allCases)
    func flipped(codec: PacketCodec) throws {
        let bytes = try written { try codec.write(Self.whole, into: &$0) }
        var noise = Noise(state: 42)
        let parser = PacketParser()
        var read = 0
        for round in 0..<20_000 {
            var damaged = bytes
            for _ in 0...(round % 3) {
                damaged[Int.random(in: 0..<bytes.count, using: &noise)] = UInt8.random(in: 0...255, using: &noise)
            }
            damaged.withUnsafeBytes { bytes in
                let parsed = try? parser.read(bytes, as: codec) { root in
                    _ = try? IncomingPacket(root).packet()
                    return root.value()
                }
                guard let value = parsed else { return }
                read += 1
                _ = value.description
                let again = try? written { try codec.write(value, into: &$0) }
                #expect(again != nil || codec == .json)
            }
        }
        #expect(read > 0)
    }

    @Test("of random bytes is read or rejected", arguments: PacketCodec.allCases)
    func noise(codec: PacketCodec) {
        var noise = Noise(state: 7)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...64, using: &noise)).map { _ in UInt8.random(in: 0...255, using: &noise)
            }
            _ = refusal(bytes, as: codec)
        }
    }
}
