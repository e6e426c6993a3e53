import Bytes
import Packets
import Testing

/// A number, with its smallest MessagePack and its JSON.
struct Number: CustomTestStringConvertible {
    let value: WireValue
    let messagePack: String
    let json: String
    var testDescription: String { json }

    static let integers: [Number] = [
        Number(value: 0, messagePack: "00", json: "0"),
        Number(value: 127, messagePack: "7f", json: "127"),
        Number(value: 128, messagePack: "cc80", json: "128"),
        Number(value: 255, messagePack: "ccff", json: "255"),
        Number(value: 256, messagePack: "cd0100", json: "256"),
        Number(value: 65_535, messagePack: "cdffff", json: "65535"),
        Number(value: 65_536, messagePack: "ce00010000", json: "65536"),
        Number(value: 4_294_967_295, messagePack: "ceffffffff", json: "4294967295"),
        Number(value: 4_294_967_296, messagePack: "cf0000000100000000", json: "4294967296"),
        Number(value: .int(.max), messagePack: "cf7fffffffffffffff", json: "9223372036854775807"),
        Number(value: .uint(1 << 63), messagePack: "cf8000000000000000", json: "9223372036854775808"),
        Number(
            value: .uint(10_000_000_000_000_000_000), messagePack: "cf8ac7230489e80000", json: "10000000000000000000"),
        Number(value: .uint(.max), messagePack: "cfffffffffffffffff", json: "18446744073709551615"),
        Number(value: -1, messagePack: "ff", json: "-1"),
        Number(value: -32, messagePack: "e0", json: "-32"),
        Number(value: -33, messagePack: "d0df", json: "-33"),
        Number(value: -128, messagePack: "d080", json: "-128"),
        Number(value: -129, messagePack: "d1ff7f", json: "-129"),
        Number(value: -32_768, messagePack: "d18000", json: "-32768"),
        Number(value: -32_769, messagePack: "d2ffff7fff", json: "-32769"),
        Number(value: -2_147_483_648, messagePack: "d280000000", json: "-2147483648"),
        Number(value: -2_147_483_649, messagePack: "d3ffffffff7fffffff", json: "-2147483649"),
        Number(value: .int(.min), messagePack: "d38000000000000000", json: "-9223372036854775808"),
    ]

    static let doubles: [Number] = [
        Number(value: 1.5, messagePack: "cb3ff8000000000000", json: "1.5"),
        Number(value: 0.0, messagePack: "cb0000000000000000", json: "0.0"),
        Number(value: -0.0, messagePack: "cb8000000000000000", json: "-0.0"),
        Number(value: 30.0, messagePack: "cb403e000000000000", json: "30.0"),
        Number(value: -2.0, messagePack: "cbc000000000000000", json: "-2.0"),
        Number(value: 9_007_199_254_740_991.0, messagePack: "cb433fffffffffffff", json: "9007199254740991.0"),
        Number(value: .double(1e300), messagePack: "cb7e37e43c8800759c", json: "1e+300"),
        Number(value: .double(.leastNonzeroMagnitude), messagePack: "cb0000000000000001", json: "5e-324"),
        Number(
            value: .double(.greatestFiniteMagnitude), messagePack: "cb7fefffffffffffff", json: "1.7976931348623157e+308"
        ),
    ]
}

@Suite("Scalars")
struct ScalarTests {
    @Test("are written in their smallest form, and read back", arguments: Number.integers + Number.doubles)
    func numbers(number: Number) throws {
        #expect(try written { try PacketCodec.messagePack.write(number.value, into: &$0) } == hex(number.messagePack))
        #expect(try text(written { try PacketCodec.json.write(number.value, into: &$0) }) == number.json)
        #expect(try value(hex(number.messagePack), as: .messagePack) == number.value)
        #expect(try value(json: number.json) == number.value)
    }

    @Test("of 32 bits are read as doubles")
    func float() throws {
        #expect(try value(hex("ca3fc00000"), as: .messagePack) == 1.5)
    }

    @Test(
        "that are JSON integers become doubles beyond 64 bits, and stay integers otherwise",
        arguments: [
            ("18446744073709551615", .uint(.max)), ("18446744073709551616", 18_446_744_073_709_551_616.0),
            ("-9223372036854775808", .int(.min)), ("-9223372036854775809", -9_223_372_036_854_775_809.0),
            ("100000000000000000000", 1e20),
            (
                #"["100000000000000000000",100000000000000000000,"\"10000000000000000000000"]"#,
                ["100000000000000000000", 1e20, "\"10000000000000000000000"]
            ),
        ] as [(String, WireValue)])
    func wideIntegers(json: String, expected: WireValue) throws {
        #expect(try value(json: json) == expected)
    }

    @Test(
        "that JSON or a double cannot represent are rejected",
        arguments: ["1e400", "-1e400", "1e999999999", "1" + String(repeating: "0", count: 400), "NaN", "Infinity"])
    func unholdable(json: String) {
        #expect(refusal(Array(json.utf8), as: .json) == .malformed)
    }

    @Test("that are not finite can be sent in MessagePack only", arguments: [Double.infinity, -.infinity, .nan])
    func notFinite(number: Double) throws {
        let back = try sent(number, through: .messagePack)
        #expect(back == number || (back.isNaN && number.isNaN))
        let error = #expect(throws: EncodingError.self) {
            try written { try PacketCodec.json.write(["a": [1, .double(number)]], into: &$0) }
        }
        #expect(error?.path == ["a", "1"])
    }

    @Test(
        "that are strings are escaped only if JSON requires it",
        arguments: [
            ("", #""""#), ("plain", #""plain""#), ("a\"b", #""a\"b""#), ("back\\slash", #""back\\slash""#),
            ("\n\r\t\u{8}\u{c}", #""\n\r\t\b\f""#), ("\0\u{1f}", #""\u0000\u001f""#),
            ("\u{2028}é\u{1f600}\u{7f}", "\"\u{2028}é\u{1f600}\u{7f}\""),
            ("eight by eight by \" quote", #""eight by eight by \" quote""#),
        ])
    func strings(string: String, json: String) throws {
        #expect(text(written { PacketCodec.json.writeString(string, into: &$0) }) == json)
        #expect(try value(json: json) == .string(string))
        #expect(try sent(string, through: .messagePack) == string)
    }

    @Test(
        "that are strings have the smallest header",
        arguments: [
            (31, "bf"), (32, "d920"), (255, "d9ff"), (256, "da0100"), (65_535, "daffff"), (65_536, "db00010000"),
        ])
    func stringHeaders(count: Int, header: String) throws {
        let string = String(repeating: "a", count: count)
        let bytes = written { PacketCodec.messagePack.writeString(string, into: &$0) }
        #expect(bytes.prefix(hex(header).count) == hex(header)[...] && bytes.count == hex(header).count + count)
        #expect(try value(bytes, as: .messagePack) == .string(string))
    }

    @Test("that are bytes are a bin in MessagePack, and base64 in JSON", arguments: [0, 1, 2, 3, 255, 256, 65_536])
    func bytes(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        for codec in PacketCodec.allCases { #expect(try sent(bytes, through: codec) == bytes) }
        #expect(
            try value(written { PacketCodec.messagePack.writeBytes(bytes, into: &$0) }, as: .messagePack)
                == .bytes(bytes))
    }

    @Test("of MessagePack's extensions keep their type", arguments: [0, 1, 2, 3, 4, 8, 12, 16, 17, 255, 256, 65_536])
    func extensions(count: Int) throws {
        let sent = WireValue.ext(type: 5, bytes: [UInt8](repeating: 9, count: count))
        let bytes = try written { try PacketCodec.messagePack.write(sent, into: &$0) }
        #expect(try value(bytes, as: .messagePack) == sent)
    }
}

extension EncodingError {
    var path: [String]? {
        if case .invalidValue(_, let context) = self { context.codingPath.map(\.stringValue) } else { nil }
    }
}
