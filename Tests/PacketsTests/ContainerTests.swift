import Bytes
import Packets
import Testing

@Suite("Containers")
struct ContainerTests {
    static let sizes = [0, 1, 15, 16, 17, 65_000]

    @Test("that are arrays keep their elements for every header size", arguments: sizes, PacketCodec.allCases)
    func arrays(count: Int, codec: PacketCodec) throws {
        let array = WireValue.array((0..<count).map { .int(Int64($0)) })
        let bytes = try written { try codec.write(array, into: &$0) }
        #expect(try value(bytes, as: codec) == array)
        #expect(try parse(bytes, as: codec) { $0.count } == count)
    }

    @Test("that are maps keep their pairs", arguments: [0, 1, 15, 16, 17, 30_000], PacketCodec.allCases)
    func maps(count: Int, codec: PacketCodec) throws {
        let map = WireValue.map(Dictionary(uniqueKeysWithValues: (0..<count).map { ("k\($0)", .int(Int64($0))) }))
        #expect(try value(written { try codec.write(map, into: &$0) }, as: codec) == map)
    }

    @Test("write the keys of a map in sorted order")
    func sorted() throws {
        #expect(
            try text(written { try PacketCodec.json.write(["b": 1, "a": 2, "c": 3], into: &$0) })
                == #"{"a":2,"b":1,"c":3}"#)
    }

    @Test("that are maps sort their keys by bytes, not by canonical equivalence")
    func sortedByBytes() throws {
        // In Swift's order, both the decomposed letter and the composed one come before "f".
        let map: WireValue = ["\u{E9}": 1, "f": 2, "z": 3, "e\u{301}a": 4]
        #expect(
            try text(written { try PacketCodec.json.write(map, into: &$0) })
                == "{\"e\u{301}a\":4,\"f\":2,\"z\":3,\"\u{E9}\":1}")
    }

    @Test(
        "use the last of duplicate keys, with every way of reading",
        arguments: [
            (PacketCodec.json, Array(#"{"a":1,"b":2,"a":3}"#.utf8)), (.messagePack, hex("83 a16101 a16202 a16103")),
        ])
    func duplicates(codec: PacketCodec, bytes: [UInt8]) throws {
        #expect(try value(bytes, as: codec) == ["a": 3, "b": 2])
        try parse(bytes, as: codec) { (root: TapeCursor) throws -> Void in
            #expect(root.value(forKey: "a" as String)?.int64 == 3)
            #expect(try WireDecoding<[String: Int]>.resolve().read(root) == ["a": 3, "b": 2])
            #expect(try WireDecoding<Pair>.resolve().read(root) == Pair(a: 3, b: 2))
        }
    }

    struct Pair: Codable, Equatable {
        let a: Int
        let b: Int
    }

    @Test("convert integer keys to decimal text")
    func integerKeys() throws {
        let bytes = hex("85 01 61 ff 62 cfffffffffffffffff 63 d38000000000000000 64 a131 65")
        let expected: WireValue = [
            "1": 0x65, "-1": 0x62, "18446744073709551615": 0x63, "-9223372036854775808": 0x64,
        ]
        #expect(try value(bytes, as: .messagePack) == expected)
    }

    @Test("with many integer keys need more than the initial memory for their text")
    func manyIntegerKeys() throws {
        var bytes = hex("de 07d0")
        for key in UInt16(0)..<2_000 { bytes += [0xcd, UInt8(key >> 8), UInt8(key & 255), 0x01] }
        let map = try value(bytes, as: .messagePack).asMap
        #expect(map?.count == 2_000 && map?["0"] == 1 && map?["1999"] == 1)
    }

    @Test(
        "reject other keys", arguments: ["81 c0 01", "81 c3 01", "81 90 01", "81 cb0000000000000000 01", "81 c400 01"])
    func otherKeys(message: String) {
        #expect(refusal(hex(message), as: .messagePack) == .invalidKey)
    }

    @Test("are skipped as a whole when a later sibling is read", arguments: PacketCodec.allCases)
    func siblings(codec: PacketCodec) throws {
        let nested: WireValue = [[[], [1, ["x": [2, 3]]]], "next", [:], "last"]
        let bytes = try written { try codec.write(nested, into: &$0) }
        try parse(bytes, as: codec) { (root: TapeCursor) throws -> Void in
            let kinds = root.elements?.map(\.kind)
            #expect(kinds == [.array, .string, .map, .string])
        }
    }
}
