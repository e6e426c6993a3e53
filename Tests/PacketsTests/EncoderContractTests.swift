import Bytes
import Foundation
import Packets
import Testing

/// A value that encodes itself with the script of a test.
private struct Scripted: Encodable {
    let script: (any Encoder) throws -> Void

    init(_ script: @escaping (any Encoder) throws -> Void) { self.script = script }

    func encode(to encoder: any Encoder) throws { try script(encoder) }
}

private enum Key: String, CodingKey { case a, b, c }
private enum OtherKey: String, CodingKey { case a, z }

/// A value that begins a container and then fails.
private struct Failing: Encodable {
    struct Failure: Error {}
    var text = "half"

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(text, forKey: .a)
        throw Failure()
    }
}

/// Expects that a script encodes this value, with both codecs and as a `WireValue`.
private func expect(
    _ expected: WireValue, at location: SourceLocation = #_sourceLocation,
    _ script: @escaping (any Encoder) throws -> Void
) throws {
    let scripted = Scripted(script)
    #expect(try WireValue(encoding: scripted) == expected, sourceLocation: location)
    for codec in PacketCodec.allCases {
        let bytes = try written { try codec.encode(scripted, into: &$0) }
        #expect(try value(bytes, as: codec) == expected, sourceLocation: location)
    }
}

/// Expects that a contradictory script is an error, with both codecs and as a `WireValue`.
private func expectRefusal(path: [String] = [], _ script: @escaping (any Encoder) throws -> Void) {
    let scripted = Scripted(script)
    for codec in PacketCodec.allCases {
        let error = #expect(throws: EncodingError.self) { try written { try codec.encode(scripted, into: &$0) } }
        #expect(error?.path == path)
    }
    let error = #expect(throws: EncodingError.self) { try WireValue(encoding: scripted) }
    #expect(error?.path == path)
}

@Suite("An encoder")
struct EncoderContractTests {
    @Test("continues a container that is requested again, with the same or another key type")
    func again() throws {
        try expect(["a": 4, "z": 2, "b": 3]) { encoder in
            var first = encoder.container(keyedBy: Key.self)
            try first.encode(1, forKey: .a)
            var second = encoder.container(keyedBy: OtherKey.self)
            try second.encode(2, forKey: .z)
            try first.encode(3, forKey: .b)
            var third = encoder.container(keyedBy: Key.self)
            try third.encode(4, forKey: .a)
        }
        try expect([1, 2, 3]) { encoder in
            var first = encoder.unkeyedContainer()
            try first.encode(1)
            var second = encoder.unkeyedContainer()
            #expect(second.count == 1)
            try second.encode(2)
            try first.encode(3)
            #expect(first.count == 3 && second.count == 3)
        }
    }

    @Test("continues a nested container that is requested again")
    func nestedAgain() throws {
        try expect(["a": [1, 2], "b": ["a": 1, "z": 2]]) { encoder in
            var outer = encoder.container(keyedBy: Key.self)
            var list = outer.nestedUnkeyedContainer(forKey: .a)
            try list.encode(1)
            var map = outer.nestedContainer(keyedBy: Key.self, forKey: .b)
            try map.encode(1, forKey: .a)
            var sameList = outer.nestedUnkeyedContainer(forKey: .a)
            try sameList.encode(2)
            var sameMap = outer.nestedContainer(keyedBy: OtherKey.self, forKey: .b)
            try sameMap.encode(2, forKey: .z)
        }
    }

    @Test("rejects containers of two kinds, and a value next to a container")
    func kinds() {
        expectRefusal {
            _ = $0.container(keyedBy: Key.self)
            _ = $0.unkeyedContainer()
        }
        expectRefusal {
            _ = $0.unkeyedContainer()
            var map = $0.container(keyedBy: Key.self)
            try map.encode(1, forKey: .a)
        }
        expectRefusal {
            var map = $0.container(keyedBy: Key.self)
            try map.encode(1, forKey: .a)
            var single = $0.singleValueContainer()
            try single.encode(1)
        }
        expectRefusal {
            var single = $0.singleValueContainer()
            try single.encode(1)
            var list = $0.unkeyedContainer()
            try list.encode(1)
        }
        expectRefusal(path: ["a"]) {
            var map = $0.container(keyedBy: Key.self)
            _ = map.nestedContainer(keyedBy: Key.self, forKey: .a)
            _ = map.nestedUnkeyedContainer(forKey: .a)
        }
        expectRefusal(path: ["b"]) {
            var map = $0.container(keyedBy: Key.self)
            try map.encode(
                Scripted { encoder in
                    _ = encoder.unkeyedContainer()
                    _ = encoder.container(keyedBy: Key.self)
                }, forKey: .b)
        }
    }

    @Test("rejects a second single value")
    func singleValues() {
        for second: (any SingleValueEncodingContainer) throws -> Void in [
            {
                var container = $0; try container.encode(2)
            },
            {
                var container = $0; try container.encode("b")
            },
            {
                var container = $0; try container.encodeNil()
            },
            {
                var container = $0; try container.encode([Failing]())
            },
        ] {
            expectRefusal { encoder in
                var container = encoder.singleValueContainer()
                try container.encode(1)
                try second(container)
            }
            expectRefusal { encoder in
                var container = encoder.singleValueContainer()
                try container.encodeNil()
                try second(encoder.singleValueContainer())
            }
        }
    }

    @Test("discards an element whose encoding throws")
    func failures() throws {
        try expect([1, 2]) { encoder in
            var list = encoder.unkeyedContainer()
            try list.encode(1)
            #expect(throws: Failing.Failure.self) { try list.encode(Failing()) }
            #expect(throws: Failing.Failure.self) { try list.encode([Failing()]) }
            #expect(list.count == 1)
            try list.encode(2)
        }
        try expect(["a": "before", "c": 3]) { encoder in
            var map = encoder.container(keyedBy: Key.self)
            try map.encode("before", forKey: .a)
            #expect(throws: Failing.Failure.self) { try map.encode(Failing(), forKey: .a) }
            #expect(throws: Failing.Failure.self) { try map.encode(["x": Failing()], forKey: .b) }
            try map.encode(3, forKey: .c)
        }
        try expect("instead") { encoder in
            var single = encoder.singleValueContainer()
            #expect(throws: Failing.Failure.self) { try single.encode(Failing()) }
            try single.encode("instead")
        }
    }

    @Test("throws at once for a value that JSON cannot represent, so another value can be encoded instead")
    func numbers() throws {
        struct Reading: Encodable {
            let number: Double

            func encode(to encoder: any Encoder) throws {
                var list = encoder.unkeyedContainer()
                try encodeOrNil(number, into: &list)
                try encodeOrNil([number], into: &list)
                try encodeOrNil(["x": [Float(number)]], into: &list)
                try encodeOrNil(WireValue.array([.map(["x": .double(number)])]), into: &list)
            }

            private func encodeOrNil(_ value: some Encodable, into list: inout any UnkeyedEncodingContainer) throws {
                do {
                    try list.encode(value)
                } catch is EncodingError {
                    try list.encodeNil()
                }
            }
        }
        let json = try written { try PacketCodec.json.encode(Reading(number: .nan), into: &$0) }
        #expect(text(json) == "[null,null,null,null]")
        let messagePack = try written { try PacketCodec.messagePack.encode(Reading(number: .infinity), into: &$0) }
        #expect(
            try value(messagePack, as: .messagePack) == [
                .double(.infinity), [.double(.infinity)], ["x": [.double(.infinity)]], [["x": .double(.infinity)]],
            ])
        try expect([true]) { encoder in
            var list = encoder.unkeyedContainer()
            #expect(throws: EncodingError.self) { try list.encode(Date(timeIntervalSince1970: .nan)) }
            #expect(throws: EncodingError.self) { try list.encode(Decimal.nan) }
            try list.encode(true)
        }
    }

    @Test("reports the path of a value that it rejects")
    func paths() {
        let error = #expect(throws: EncodingError.self) {
            try written {
                try PacketCodec.json.encode(
                    Scripted { encoder in
                        var map = encoder.container(keyedBy: Key.self)
                        var list = map.nestedUnkeyedContainer(forKey: .a)
                        try list.encode(1)
                        try list.encode(["x": [1, Double.nan]])
                    }, into: &$0)
            }
        }
        #expect(error?.path == ["a", "1", "x", "1"])
    }

    @Test("can keep several containers open and write to them in any order")
    func open() throws {
        try expect(["a": [[1], "element", "end"], "super": 5, "b": ["b": 2], "c": "last"]) { encoder in
            var map = encoder.container(keyedBy: Key.self)
            var first = map.nestedUnkeyedContainer(forKey: .a)
            let late = map.superEncoder()
            var second = map.nestedContainer(keyedBy: Key.self, forKey: .b)
            try map.encode("last", forKey: .c)
            try second.encode(2, forKey: .b)
            var inner = first.nestedUnkeyedContainer()
            let element = first.superEncoder()
            try first.encode("end")
            try inner.encode(1)
            var single = element.singleValueContainer()
            try single.encode("element")
            try 5.encode(to: late)
        }
    }

    @Test("has super encoders at the key `super` or at any other key")
    func supers() throws {
        try expect(["super": nil, "a": [:], "b": [1]]) { encoder in
            var map = encoder.container(keyedBy: Key.self)
            var single = map.superEncoder().singleValueContainer()
            try single.encodeNil()
            _ = map.superEncoder(forKey: .a)
            let other = map.superEncoder(forKey: .b)
            #expect(other.codingPath.map(\.stringValue) == ["b"])
            var list = other.unkeyedContainer()
            try list.encode(1)
        }
    }

    @Test("writes an empty map for a type that encodes nothing")
    func nothing() throws {
        try expect([:]) { _ in }
        try expect(["a": [:], "b": [[:]], "c": nil]) { encoder in
            var map = encoder.container(keyedBy: Key.self)
            try map.encode(Scripted { _ in }, forKey: .a)
            try map.encode([Scripted { _ in }], forKey: .b)
            try map.encodeNil(forKey: .c)
        }
        try expect([]) { _ = $0.unkeyedContainer() }
    }

    @Test("replaces the value of a key that is encoded again")
    func replaced() throws {
        try expect(["a": "new", "b": 3]) { encoder in
            var map = encoder.container(keyedBy: Key.self)
            var nested = map.nestedUnkeyedContainer(forKey: .a)
            try nested.encode(1)
            try map.encode("new", forKey: .a)
            try nested.encode(2)
            try map.encodeNil(forKey: .b)
            try map.encode(3, forKey: .b)
        }
    }

    @Test("writes a map of any type in sorted key order")
    func order() throws {
        struct Member: Encodable { var n: Int }
        let map = Dictionary(uniqueKeysWithValues: (0..<20).map { (String(format: "k%02d", $0), Member(n: $0)) })
        let json = try text(written { try PacketCodec.json.encode(["list": [map]], into: &$0) })
        let expected = (0..<20).map { String(format: #""k%02d":{"n":%d}"#, $0, $0) }.joined(separator: ",")
        #expect(json == "{\"list\":[{\(expected)}]}")
    }
}
