import Bytes
import Foundation
import Packets
import Testing

private struct Profile: Codable, Equatable {
    var name: String
    var scores: [Double]
    var born: Date
    var avatar: Data
    var raw: [UInt8]
    var nickname: String?
    var tags: [String: [Int?]]
    var byNumber: [Int: String]
    var extra: WireValue
    var seen: Timestamp
    var nested: [[Profile]]
    var letter: Letter
    var small: UInt8
    var ratio: Float
    var set: Set<String>
    var id: UUID
    var link: URL?

    enum Letter: String, Codable { case a, b }

    static func make(nested: [[Profile]]) -> Profile {
        Profile(
            name: "Zoë", scores: [1, 2.5], born: Date(timeIntervalSinceReferenceDate: 1.5), avatar: Data([0, 255]),
            raw: [7, 8], nickname: nil, tags: ["x": [1, nil]], byNumber: [-1: "minus", 2: "two"],
            extra: ["k": [1, nil]], seen: Timestamp(seconds: -1, nanoseconds: 5), nested: nested, letter: .b,
            small: 255, ratio: 0.1, set: ["one"], id: UUID(), link: URL(string: "https://example.org/a"))
    }
}

private indirect enum Shape: Codable, Equatable {
    case point
    case circle(radius: Double)
    case group([Shape], named: String?)
    case pair(Int, Int)
}

private class Animal: Codable {
    var legs: Int
    init(legs: Int) { self.legs = legs }
}

private final class Dog: Animal {
    var name: String

    private enum CodingKeys: CodingKey { case name }

    init(legs: Int, name: String) {
        self.name = name
        super.init(legs: legs)
    }

    required init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        try super.init(from: container.superDecoder())
    }

    override func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try super.encode(to: container.superEncoder())
    }
}

/// A type that encodes every kind of nested container by hand.
private struct Manual: Codable, Equatable {
    var numbers: [Int] = [1, 2]

    enum Key: CodingKey { case list, map }

    init() {}

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        #expect(Set(container.allKeys.map(\.stringValue)) == ["list", "map"])
        #expect(container.contains(.list))
        var list = try container.nestedUnkeyedContainer(forKey: .list)
        #expect(list.count == 4 && list.currentIndex == 0)
        let first = try list.decode(Int.self)
        var inner = try list.nestedUnkeyedContainer()
        let second = try inner.decode(Int.self)
        #expect(inner.isAtEnd)
        #expect(throws: DecodingError.self) { try inner.decode(Int.self) }
        #expect(try list.decodeNil())
        let map = try list.nestedContainer(keyedBy: Key.self)
        #expect(try map.decodeNil(forKey: .map))
        #expect(list.isAtEnd)
        let nested = try container.nestedContainer(keyedBy: Key.self, forKey: .map)
        #expect(nested.allKeys.isEmpty)
        numbers = [first, second]
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        var list = container.nestedUnkeyedContainer(forKey: .list)
        try list.encode(numbers[0])
        var inner = list.nestedUnkeyedContainer()
        try inner.encode(numbers[1])
        try list.encodeNil()
        var map = list.nestedContainer(keyedBy: Key.self)
        try map.encodeNil(forKey: .map)
        #expect(list.count == 4)
        _ = container.nestedContainer(keyedBy: Key.self, forKey: .map)
    }
}

private final class Link: Codable, @unchecked Sendable {
    let next: Link?

    init(length: Int) { next = length > 1 ? Link(length: length - 1) : nil }
}

@Suite("Codable types")
struct CodableTests {
    @Test("keep every member in a round trip", arguments: PacketCodec.allCases)
    func structs(codec: PacketCodec) throws {
        let profile = Profile.make(nested: [[], [.make(nested: [])]])
        #expect(try sent(profile, through: codec) == profile)
    }

    @Test("that are enums keep their payloads", arguments: PacketCodec.allCases)
    func enums(codec: PacketCodec) throws {
        let shape = Shape.group([.point, .circle(radius: 2), .pair(1, 2), .group([], named: nil)], named: "g")
        #expect(try sent(shape, through: codec) == shape)
    }

    @Test("that inherit keep the members of their superclass", arguments: PacketCodec.allCases)
    func inheritance(codec: PacketCodec) throws {
        let bytes = try written { try codec.encode(Dog(legs: 4, name: "Rex"), into: &$0) }
        #expect(try value(bytes, as: codec) == ["name": "Rex", "super": ["legs": 4]])
        try parse(bytes, as: codec) { (root: TapeCursor) throws -> Void in
            let dog = try Dog(from: TapeDecoder(cursor: root, codingPath: []))
            #expect(dog.name == "Rex" && dog.legs == 4)
        }
    }

    @Test("can use every kind of container", arguments: PacketCodec.allCases)
    func containers(codec: PacketCodec) throws {
        #expect(try sent(Manual(), through: codec) == Manual())
    }

    @Test("that are nested optionals survive a round trip", arguments: PacketCodec.allCases)
    func optionals(codec: PacketCodec) throws {
        struct Box: Codable, Equatable {
            var a: Int??
            var b: [[Int]?]
            var c: [Shape?]
        }
        let box = Box(a: 1, b: [nil, [1]], c: [nil, .point])
        #expect(try sent(box, through: codec) == box)
    }

    @Test("that are maps with many keys are read in one pass", arguments: PacketCodec.allCases)
    func manyKeys(codec: PacketCodec) throws {
        let map = Dictionary(uniqueKeysWithValues: (0..<5_000).map { ("key\($0)", Shape.pair($0, 0)) })
        #expect(try sent(map, through: codec) == map)
    }

    @Test("keep the declaration order of their members")
    func order() throws {
        struct Pair: Codable {
            var zebra = 1
            var ant = 2
        }
        #expect(try text(written { try PacketCodec.json.encode(Pair(), into: &$0) }) == #"{"zebra":1,"ant":2}"#)
    }

    @Test("can nest up to the depth limit of a packet, and not deeper", arguments: PacketCodec.allCases)
    func depth(codec: PacketCodec) throws {
        #expect(throws: Never.self) { try written { try codec.encode(Link(length: 62), into: &$0) } }
        #expect(throws: EncodingError.self) { try written { try codec.encode(Link(length: 63), into: &$0) } }
        #expect(throws: EncodingError.self) { try written { try codec.encode(Link(length: 5_000), into: &$0) } }
    }

    @Test("report the path of a value that cannot be sent")
    func path() {
        struct Holder: Codable { var list: [[String: Double]] }
        struct Outer: Codable { var holder: Holder }
        let outer = Outer(holder: Holder(list: [[:], ["x": .nan]]))
        let error = #expect(throws: EncodingError.self) {
            try written { try PacketCodec.json.encode(outer, into: &$0) }
        }
        #expect(error?.path == ["holder", "list", "1", "x"])
    }

    @Test("propagate their own errors")
    func ownErrors() throws {
        struct Refused: Error {}
        struct Picky: Codable {
            init() {}
            init(from decoder: any Decoder) throws { throw Refused() }
            func encode(to encoder: any Encoder) throws { throw Refused() }
        }
        #expect(throws: Refused.self) { try written { try PacketCodec.json.encode(Picky(), into: &$0) } }
        #expect(throws: Refused.self) { try WireValue.null.decode(as: Picky.self) }
    }
}
