import Foundation
import Packets
import Testing

@Suite("A value")
struct WireValueTests {
    static let everything: WireValue = [
        "null": nil, "yes": true, "int": -1, "uint": .uint(.max), "double": 1.5, "text": "é\"",
        "bytes": .bytes([1, 2]),
        "time": .timestamp(Timestamp(seconds: 0)), "ext": .ext(type: 5, bytes: [9]), "list": [1, [2]],
        "map": ["k": [:]],
    ]

    @Test("is written with literals and read with accessors")
    func access() {
        let value = Self.everything
        #expect(value["null"]?.isNull == true && value["yes"]?.asBool == true && value["int"]?.asInt == -1)
        #expect(value["uint"]?.asInt == nil && value["uint"]?.asDouble == 0x1p64 && value["double"]?.asInt == nil)
        #expect(value["text"]?.asString == "é\"" && value["bytes"]?.asBytes == [1, 2])
        #expect(value["list"]?[1]?[0] == 2 && value["list"]?[2] == nil && value["list"]?[-1] == nil)
        #expect(value["map"]?["k"]?.asMap == [:] && value["nothing"] == nil && value[0] == nil)
        #expect(WireValue(30.0).asInt == 30 && WireValue.double(.nan).asInt == nil)
    }

    @Test("is described as JSON")
    func description() throws {
        let json =
            #"{"bytes":"AQI=","double":1.5,"ext":{"type":5,"bytes":"CQ=="},"int":-1,"list":[1,[2]],"map":{"k":{}},"#
            + #""null":null,"text":"é\"","time":"1970-01-01T00:00:00Z","uint":18446744073709551615,"yes":true}"#
        #expect(Self.everything.description == json)
        #expect(try value(json: Self.everything.json(pretty: true)) == value(json: json))
        #expect(try WireValue(["a": [1, []]]).json(pretty: true) == "{\n  \"a\": [\n    1,\n    []\n  ]\n}")
        #expect(WireValue([.double(.nan), ["k": .double(.infinity)]]).description == #"[nan,{"k":inf}]"#)
        #expect(throws: EncodingError.self) { try WireValue.double(.nan).json() }
    }

    @Test("decodes to a type and is encoded from a type")
    func conversion() throws {
        struct Point: Codable, Equatable {
            var x: Int
            var at: Date
        }
        let point = Point(x: 1, at: Date(timeIntervalSinceReferenceDate: -978_307_200))
        let value = try WireValue(encoding: point)
        #expect(value == ["x": 1, "at": .timestamp(Timestamp(seconds: 0))])
        #expect(try value.decode(as: Point.self) == point)
        #expect(try WireValue(encoding: [UInt8](0..<3)) == .bytes([0, 1, 2]))
        #expect(throws: WireDecodingError(expected: "an integer", found: "a string", path: ["x"])) {
            try WireValue(["x": "1"]).decode(as: Point.self)
        }
        let many = WireValue.array(Array(repeating: 1, count: 100_000))
        #expect(try many.decode(as: [Int].self).count == 100_000)
    }

    @Test("decodes a scalar to its own type and to any other type that can hold it")
    func scalars() throws {
        #expect(try WireValue.int(-3).decode(as: Int.self) == -3)
        #expect(try WireValue.int(-3).decode(as: Int8.self) == -3)
        #expect(try WireValue.int(3).decode(as: Double.self) == 3)
        #expect(try WireValue.int(3).decode(as: Int?.self) == 3)
        #expect(try WireValue.uint(3).decode(as: Int.self) == 3)
        #expect(try WireValue.double(3).decode(as: Int.self) == 3)
        #expect(try WireValue.double(0.5).decode(as: Double.self) == 0.5)
        #expect(try WireValue.bool(true).decode(as: Bool.self))
        #expect(try WireValue.string("é").decode(as: String.self) == "é")
        #expect(try WireValue.null.decode(as: String?.self) == nil)
        #expect(throws: WireDecodingError.self) { try WireValue.int(1).decode(as: Bool.self) }
        #expect(throws: WireDecodingError.self) { try WireValue.int(-3).decode(as: UInt.self) }
        #expect(throws: WireDecodingError.self) { try WireValue.string("1").decode(as: Int.self) }
    }

    @Test("survives Foundation's coders if JSON can represent it")
    func foundation() throws {
        let value: WireValue = ["a": [1, -1, 1.5, true, nil, "s", .uint(.max)], "m": ["k": []]]
        let data = try JSONEncoder().encode(value)
        #expect(try JSONDecoder().decode(WireValue.self, from: data) == value)
        let encoded = try JSONDecoder().decode(WireValue.self, from: JSONEncoder().encode(Self.everything))
        #expect(encoded["bytes"] == "AQI=" && encoded["time"] == "1970-01-01T00:00:00Z")
    }

    @Test("of more than 64 levels is an error, and does not overflow the stack")
    func depth() {
        let deep = (0..<1_000).reduce(WireValue.null) { inner, _ in [inner] }
        #expect(throws: EncodingError.self) { try deep.json() }
        #expect(throws: EncodingError.self) { try deep.json(pretty: true) }
        #expect(throws: EncodingError.self) { try deep.decode(as: WireValue.self) }
        #expect(deep.description.contains("…"))
    }
}

extension WireValue {
    /// Creates a value from a literal. The compiler needs this hint if a member access follows.
    fileprivate init(_ value: WireValue) { self = value }
}

@Suite("Base64")
struct Base64Tests {
    @Test(
        "matches the test vectors of RFC 4648",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func vectors(plain: String, encoded: String) {
        #expect(Base64.text(of: Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
        #expect(Base64.decode(encoded.filter { $0 != "=" }) == Array(plain.utf8))
    }

    @Test(
        "rejects invalid text", arguments: ["Z", "Zg=", "Zg===", "Zh==", "Zm9", "Z g=", "Zm9v\n", "Zm-_", "====", "é"])
    func refuses(text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
