import Foundation
import Packets
import Testing

/// A value that both coders encode and decode. Its type is hidden, so that one table can contain all values.
private struct Sample: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let json: @Sendable () throws -> (ours: WireValue, foundations: WireValue)
    let isReadAlike: @Sendable () throws -> Bool

    init<T: Codable & Sendable & Equatable>(_ name: String, _ value: T) {
        testDescription = name
        json = {
            let ours = try written { try PacketCodec.json.encode(value, into: &$0) }
            let foundations = try JSONEncoder().encode(value)
            return (try Sample.value(ours), try Sample.value(Array(foundations)))
        }
        isReadAlike = {
            let foundations = try JSONEncoder().encode(value)
            let expected = try JSONDecoder().decode(T.self, from: foundations)
            let read = try parse(Array(foundations), as: .json) { try WireDecoding<T>.resolve().read($0) }
            let sent = try PacketCodec.allCases.map { try PacketsTests.sent(value, through: $0) }
            return read == expected && sent.allSatisfy { $0 == expected }
        }
    }

    private static func value(_ json: [UInt8]) throws -> WireValue {
        try PacketsTests.value(json, as: .json).withIntegers
    }
}

extension WireValue {
    /// The value with integers in place of integral numbers, because one coder writes 3.0 and the other writes 3.
    fileprivate var withIntegers: WireValue {
        switch self {
        case .double(let number): Int64(exactly: number).map(WireValue.int) ?? self
        case .array(let elements): .array(elements.map(\.withIntegers))
        case .map(let pairs): .map(pairs.mapValues(\.withIntegers))
        case .null, .bool, .int, .uint, .string, .bytes, .timestamp, .ext: self
        }
    }
}

private indirect enum Tree: Codable, Equatable, Hashable, Sendable {
    case leaf
    case node(Tree, value: Int?, Tree)
    case list([Tree])
    case named(String?)
}

private enum Size: String, Codable, CodingKeyRepresentable, Sendable { case small, large }
private enum Plain: String, Codable, Sendable { case one, two }

private struct Generic<T: Codable & Equatable & Sendable>: Codable, Equatable, Sendable {
    var inner: T
    var list: [T]
    var map: [String: T]
    var optional: T?
    var twice: T??
}

private struct Empty: Codable, Equatable, Hashable, Sendable {}

/// A value that encodes itself with every kind of container, some of them twice.
private struct Containers: Codable, Equatable, Sendable {
    var a = 1
    var b = "two"

    enum First: String, CodingKey { case a, list, deep }
    enum Second: String, CodingKey { case b }

    init() {}

    init(from decoder: any Decoder) throws {
        a = try decoder.container(keyedBy: First.self).decode(Int.self, forKey: .a)
        b = try decoder.container(keyedBy: Second.self).decode(String.self, forKey: .b)
        var list = try decoder.container(keyedBy: First.self).nestedUnkeyedContainer(forKey: .list)
        guard try !list.decodeNil(), try list.decode(Int.self) == a, try list.decodeNil(),
            try list.nestedUnkeyedContainer().isAtEnd,
            try list.superDecoder().container(keyedBy: Second.self).decode(String.self, forKey: .b) == b, list.isAtEnd
        else { throw CocoaError(.coderReadCorrupt) }
    }

    func encode(to encoder: any Encoder) throws {
        var first = encoder.container(keyedBy: First.self)
        var list = first.nestedUnkeyedContainer(forKey: .list)
        try list.encode(a)
        var second = encoder.container(keyedBy: Second.self)
        try second.encode(b, forKey: .b)
        try list.encodeNil()
        _ = list.nestedUnkeyedContainer()
        try first.encode(a, forKey: .a)
        var deep = first.nestedContainer(keyedBy: Second.self, forKey: .deep)
        try deep.encode("x", forKey: .b)
        var last = list.nestedContainer(keyedBy: Second.self)
        try last.encode(b, forKey: .b)
    }
}

private class Base: Codable, @unchecked Sendable {
    var base = 1
    init() {}
}

private final class Derived: Base, Equatable, @unchecked Sendable {
    var own = 2
    private enum Key: CodingKey { case own }

    override init() { super.init() }

    required init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        own = try container.decode(Int.self, forKey: .own)
        try super.init(from: container.superDecoder())
    }

    override func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(own, forKey: .own)
        try super.encode(to: container.superEncoder())
    }

    static func == (a: Derived, b: Derived) -> Bool { (a.own, a.base) == (b.own, b.base) }
}

@Suite("Codable types, compared with JSONEncoder and JSONDecoder")
struct JSONCoderComparisonTests {
    private static let link = URL(string: "https://example.org/a%20b?c=d")!

    private static let samples = [
        Sample("integers", [Int.min, 0, .max]), Sample("bytes of an integer", [Int8.min, .max]),
        Sample("the largest integer", UInt64.max), Sample("numbers", [0.1, -0.0, 1e300, 2e-308, 1e15, 3]),
        Sample("floats", [Float(0.1), .greatestFiniteMagnitude]), Sample("half floats", [Float16(0.5), 65_504]),
        Sample("texts", ["", "\u{0}\u{1F}\"\\/\u{7F}\u{2028}", "e\u{301}", "👩‍👩‍👧‍👦"]), Sample("a boolean", true),
        Sample("optionals", [1, nil, 3] as [Int?]), Sample("optionals twice", [.some(1), .some(nil), nil] as [Int??]),
        Sample(
            "a tree", Tree.node(.leaf, value: nil, .list([.named("x"), .named(nil), .node(.leaf, value: 1, .leaf)]))),
        Sample("keys to escape", ["\"": 1, "\\": 2, "\n": 3, "": 4, "\u{0}": 5]),
        Sample("integers as keys", [-1: ["a"], 0: [], 7: ["b"]]), Sample("cases as keys", [Size.small: 1, .large: 2]),
        Sample("cases that are not coding keys", [Plain.one: 1]), Sample("one tree as a key", [Tree.leaf: Empty()]),
        Sample("a set", Set([3])), Sample("nothing", Empty()), Sample("a list of nothing", [Empty(), Empty()]),
        Sample(
            "generics", Generic(inner: Tree.leaf, list: [.named("a")], map: ["k": .leaf], optional: nil, twice: nil)),
        Sample(
            "generic optionals", Generic(inner: Int?.none, list: [1, nil], map: ["k": nil], optional: nil, twice: 1)),
        Sample("generic URLs", Generic(inner: link, list: [link], map: ["k": link], optional: link, twice: link)),
        Sample("a URL", link), Sample("URLs", ["a": [link, nil]]), Sample("a UUID", UUID()),
        Sample("ranges", [1..<3, 5..<5]),
        Sample("a closed range", "a"..."z"), Sample("an open range", PartialRangeFrom(1).lowerBound),
        Sample("a duration", Duration.seconds(-1.5)), Sample("date components", DateComponents(year: 2024, hour: 7)),
        Sample("a measurement", Measurement(value: 2, unit: UnitMass.kilograms)), Sample("containers", Containers()),
        Sample("lists of containers", ["x": [Containers()]]), Sample("a class with a superclass", Derived()),
        Sample("lists of subclasses", [Derived(), Derived()]),
        Sample("a contiguous array", ContiguousArray<UInt8>([1, 2])), Sample("a core graphics number", CGFloat(1.5)),
        Sample("an index path", IndexPath(indexes: [1, 2])), Sample("a locale", Locale(identifier: "de_DE").identifier),
        Sample("a time zone", TimeZone(secondsFromGMT: 3_600)!),
    ]

    @Test("have the same JSON", arguments: samples)
    private func encoding(sample: Sample) throws {
        let (ours, foundations) = try sample.json()
        #expect(ours == foundations)
    }

    @Test("are read from the same JSON, and survive a round trip through both codecs", arguments: samples)
    private func decoding(sample: Sample) throws {
        #expect(try sample.isReadAlike())
    }

    @Test("fail in the same way on JSON of another shape")
    func failures() throws {
        func outcome<T: Codable & Sendable>(_ type: T.Type, _ json: String) -> (ours: [String]?, foundations: [String]?)
        {
            func path(_ read: () throws -> T) -> [String]? {
                do {
                    _ = try read()
                    return nil
                } catch DecodingError.keyNotFound(let key, let context) {
                    return context.codingPath.map(\.stringValue) + [key.stringValue]
                } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
                    DecodingError.dataCorrupted(let context)
                {
                    return context.codingPath.map { $0.intValue.map { String($0) } ?? $0.stringValue }
                } catch let error as WireDecodingError {
                    return error.path
                } catch {
                    return ["\(error)"]
                }
            }
            return (
                path { try parse(Array(json.utf8), as: .json) { try WireDecoding<T>.resolve().read($0) } },
                path { try JSONDecoder().decode(T.self, from: Data(json.utf8)) }
            )
        }
        func check<T: Codable & Sendable>(_ type: T.Type, _ texts: String...) {
            for text in texts {
                let outcome = outcome(type, text)
                #expect(outcome.ours == outcome.foundations, "\(type) of \(text)")
            }
        }
        check(Tree.self, "{}", "null", "[]", #"{"node":{"_0":{"leaf":{}},"_1":{"list":{"_0":[1]}}}}"#, #"{"what":{}}"#)
        check(
            Tree.self, #"{"leaf":{},"list":{}}"#, #"{"list":{"_0":[{"leaf":{}},{"named":{"_0":1}}]}}"#, #"{"named":{}}"#
        )
        check([Int].self, "[1,null]", "[1,\"a\"]", "{}", "null")
        check([String: [UInt8?]].self, #"{"a":[1,null,"x"]}"#, #"{"a":{"b":1}}"#)
        check([Int: Int].self, #"{"1":"x"}"#, "[]")
        check([Plain: Int].self, #"["one"]"#, #"["one",1,"two"]"#, #"["three",1]"#, "[]")
        check(Generic<URL>.self, "{}", #"{"inner":""}"#, #"{"inner":"a","list":["b",1],"map":{}}"#)
        check(Derived.self, "{}", #"{"own":1}"#, #"{"own":1,"super":[]}"#, #"{"own":1,"super":{"base":"x"}}"#)
        check(ClosedRange<Int>.self, "[1]", "[2,1]", "[1,2,3]", #"["a","b"]"#)
        check(Set<Int>.self, "[1,1,2]", "[null]")
        check(Int?.self, "null", "1", "\"a\"")
    }
}
