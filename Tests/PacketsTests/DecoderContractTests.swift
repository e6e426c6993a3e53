import Foundation
import Packets
import Testing

private enum Key: String, CodingKey { case a, b, c }

/// Runs the steps of a test with a decoder of a value.
private func decoding(_ value: WireValue, _ steps: (any Decoder) throws -> Void) throws {
    for codec in PacketCodec.allCases {
        let bytes = try written { try codec.write(value, into: &$0) }
        try parse(bytes, as: codec) { try steps(TapeDecoder(cursor: $0, codingPath: [])) }
    }
}

extension DecodingError {
    fileprivate var path: [String] {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            context.codingPath.map(\.stringValue)
        @unknown default: ["?"]
        }
    }

    fileprivate var isValueNotFound: Bool { if case .valueNotFound = self { true } else { false } }
}

@Suite("A decoder")
struct DecoderContractTests {
    @Test("stays at an array element that cannot be decoded")
    func unkeyed() throws {
        try decoding([1, nil, "x", ["a": 1], [2]]) { decoder in
            var list = try decoder.unkeyedContainer()
            #expect(list.count == 5 && list.currentIndex == 0 && !list.isAtEnd)
            #expect(try !list.decodeNil())
            #expect(throws: DecodingError.self) { try list.decode(String.self) }
            #expect(throws: DecodingError.self) { try list.nestedUnkeyedContainer() }
            #expect(throws: DecodingError.self) { try list.nestedContainer(keyedBy: Key.self) }
            #expect(list.currentIndex == 0)
            #expect(try list.decode(Int.self) == 1)
            var error = #expect(throws: DecodingError.self) { try list.decode(Int.self) }
            #expect(error?.path == ["1"] && error?.isValueNotFound == true && list.currentIndex == 1)
            #expect(try list.decodeNil() && list.currentIndex == 2)
            #expect(try list.decodeIfPresent(String.self) == "x")
            #expect(try list.nestedContainer(keyedBy: Key.self).decode(Int.self, forKey: .a) == 1)
            #expect(try list.superDecoder().singleValueContainer().decode([Int].self) == [2])
            #expect(list.isAtEnd && list.currentIndex == 5)
            error = #expect(throws: DecodingError.self) { try list.decode(Int.self) }
            #expect(error?.path == ["5"] && error?.isValueNotFound == true)
            #expect(throws: DecodingError.self) { try list.decodeNil() }
            #expect(try list.decodeIfPresent(Int.self) == nil)
        }
    }

    @Test("reads keys any number of times, and lists them")
    func keyed() throws {
        try decoding(["a": 1, "b": nil, "z": 3]) { decoder in
            let map = try decoder.container(keyedBy: Key.self)
            #expect(Set(map.allKeys) == [.a, .b])
            #expect(map.contains(.a) && map.contains(.b) && !map.contains(.c))
            #expect(try map.decode(Int.self, forKey: .a) == 1 && map.decode(Double.self, forKey: .a) == 1)
            #expect(try map.decodeNil(forKey: .b) && !map.decodeNil(forKey: .a))
            #expect(throws: DecodingError.self) { try map.decodeNil(forKey: .c) }
            #expect(try map.decodeIfPresent(Int.self, forKey: .b) == nil)
            #expect(try map.decodeIfPresent(Int.self, forKey: .c) == nil)
            #expect(try map.decode(Int?.self, forKey: .b) == nil)
            for _ in 1...2 {
                let error = #expect(throws: DecodingError.self) { try map.decode(Int.self, forKey: .b) }
                #expect(error?.path == ["b"] && error?.isValueNotFound == true)
            }
            let again = try decoder.container(keyedBy: Key.self)
            #expect(try again.decode(Int.self, forKey: .a) == 1)
        }
    }

    @Test("reports the path of a nested value")
    func paths() throws {
        struct Inner: Decodable { var list: [Int] }
        try decoding(["a": [["list": [1, "x"]]], "b": ["k": [true, 1]]]) { decoder in
            let map = try decoder.container(keyedBy: Key.self)
            var error = #expect(throws: DecodingError.self) { try map.decode([Inner].self, forKey: .a) }
            #expect(error?.path == ["a", "0", "list", "1"])
            error = #expect(throws: DecodingError.self) { try map.decode([String: [Bool]].self, forKey: .b) }
            #expect(error?.path == ["b", "k", "1"])
            error = #expect(throws: DecodingError.self) { try map.nestedUnkeyedContainer(forKey: .b) }
            #expect(error?.path == ["b"])
        }
        #expect(throws: WireDecodingError(expected: "an integer", found: "a string", path: ["0", "list", "1"])) {
            try WireValue.array([["list": [1, "x"]]]).decode(as: [Inner].self)
        }
    }

    @Test("has a super decoder for a superclass without a value, like JSONDecoder")
    func supers() throws {
        try decoding(["a": 1]) { decoder in
            let map = try decoder.container(keyedBy: Key.self)
            let parent = try map.superDecoder()
            #expect(parent.codingPath.map(\.stringValue) == ["super"])
            #expect(try parent.singleValueContainer().decodeNil())
            let error = #expect(throws: DecodingError.self) { try parent.container(keyedBy: Key.self) }
            #expect(error?.path == ["super"] && error?.isValueNotFound == true)
            #expect(try map.superDecoder(forKey: .a).singleValueContainer().decode(Int.self) == 1)
        }
    }

    @Test("reads a value as another type after the first type did not match")
    func single() throws {
        try decoding("2024-05-06T07:08:09.123Z") { decoder in
            let container = try decoder.singleValueContainer()
            #expect(throws: DecodingError.self) { try container.decode(Int.self) }
            #expect(throws: DecodingError.self) { try decoder.unkeyedContainer() }
            #expect(try container.decode(String.self).count == 24)
            #expect(try container.decode(Date.self) == Date(timeIntervalSince1970: 1_714_979_289.123))
        }
    }
}
