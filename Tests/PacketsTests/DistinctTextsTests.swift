import Packets
import Testing

@Suite("Distinct texts of a list")
struct DistinctTextsTests {
    private func read(_ list: WireValue, _ codec: PacketCodec, limit: Int?) throws -> DistinctTexts {
        let bytes = try written { try codec.write(list, into: &$0) }
        return try parse(bytes, as: codec) { try DistinctTexts($0, limit: limit) }
    }

    @Test("appear once each, in order, and are compared by their bytes", arguments: PacketCodec.allCases)
    func once(codec: PacketCodec) throws {
        let list: WireValue = ["b", "a", "b", "\u{E9}", "e\u{301}", "a"]
        let distinct = try read(list, codec, limit: nil)
        #expect(distinct.texts.map { Array($0.utf8) } == ["b", "a", "\u{E9}", "e\u{301}"].map { Array($0.utf8) })
        #expect(!distinct.exceedsLimit)
        #expect(try read("one", codec, limit: 1).texts == ["one"])
        #expect(try read([], codec, limit: 1).texts == [])
    }

    @Test("end at the limit: n texts pass, and n + 1 exceed it, whatever follows", arguments: PacketCodec.allCases)
    func limit(codec: PacketCodec) throws {
        #expect(try !read(["a", "b", "a", "b"], codec, limit: 2).exceedsLimit)
        #expect(try read(["a", "b", "a", "c", 7], codec, limit: 2).exceedsLimit)
    }

    @Test("are not read from other types", arguments: PacketCodec.allCases)
    func others(codec: PacketCodec) {
        #expect(throws: WireDecodingError(expected: "an array", found: "an integer")) { try read(7, codec, limit: 2) }
        #expect(throws: WireDecodingError(expected: "a string", found: "null", path: ["1"])) {
            try read(["a", nil], codec, limit: 2)
        }
    }
}
