import Bytes
import FoundationEssentials
import Packets

/// Fuzzes arguments: decodes them as Swift types, encodes them, and decodes them again.
enum ArgumentTarget: FuzzTarget {
    static let name = "arguments"

    /// Inputs, each with the index of its reader.
    static let seeds: [[UInt8]] = {
        let json: [(UInt8, String)] = [
            (0, #"{"name":"Ada","age":36,"tags":["a"],"role":"admin","friends":[]}"#),
            (0, #"{"name":"A","tags":[],"role":"user","friends":[{"name":"B","tags":[],"role":"user","friends":[]}]}"#),
            (1, "[1,null,-3]"), (2, #"{"a":[1,2],"b":[]}"#), (3, #""AQID""#), (5, #""2024-05-06T07:08:09.123Z""#),
            (6, #""2024-05-06T07:08:09.123Z""#), (7, "-1.5"), (8, "[1e30,2,0.1]"), (9, #"[true,"a"]"#),
            (10, #"{"1":2,"-3":4}"#), (11, "null"), (11, #""text""#),
        ]
        let packed: [(UInt8, String)] = [
            (2, "81a1619201cfffffffffffffffff"), (3, "93010203"), (4, "c403010203"), (5, "d6ff00000001"),
            (6, "d7ff0000000400000001"), (7, "cb7ff8000000000000"), (8, "92ca3dcccccd cbbff8000000000000"),
        ]
        return json.map { seed($0 << 1 | 1, then: $1.utf8) } + packed.map { seed($0 << 1, then: hex($1)) }
    }()

    static let words = [#""name":"#, #""age":"#, #""tags":["#, #""role":"user""#, #""friends":["#].map {
        Array($0.utf8)
    }

    static func run(_ input: UnsafeRawBufferPointer) {
        var choices = Choices(input)
        let choice = choices.next()
        let codec: PacketCodec = choice & 1 == 0 ? .messagePack : .json
        readers[Int(choice >> 1) % readers.count](choices.rest, codec)
    }

    private struct Person: Codable, Hashable {
        enum Role: String, Codable { case admin, user }

        var name: String
        var age: UInt8?
        var tags: Set<String>
        var role: Role
        var friends: [Person]
    }

    private static let readers: [@Sendable (UnsafeRawBufferPointer, PacketCodec) -> Void] = [
        { read($0, $1, Person.self) { $0 == $1 } },
        { read($0, $1, [Int8?].self) { $0 == $1 } },
        { read($0, $1, [String: [UInt64]].self) { $0 == $1 } },
        { read($0, $1, [UInt8].self) { $0 == $1 } },
        { read($0, $1, Data.self) { $0 == $1 } },
        { read($0, $1, Timestamp.self) { $0 == $1 } },
        // A date has the precision of a double, so a round trip may change its last bits.
        { read($0, $1, Date.self) { _, _ in true } },
        { read($0, $1, Double.self) { $0 == $1 || $0.isNaN && $1.isNaN } },
        { read($0, $1, [Float].self) { $0.map(\.bitPattern) == $1.map(\.bitPattern) || $0.contains { $0.isNaN } } },
        { read($0, $1, [Bool: String].self) { $0 == $1 } },
        { read($0, $1, [Int: Int32].self) { $0 == $1 } },
        { read($0, $1, String?.self) { $0 == $1 } },
    ]

    private static func read<T: Codable & Sendable>(
        _ message: UnsafeRawBufferPointer, _ codec: PacketCodec, _ type: T.Type, _ isSame: (T, T) -> Bool
    ) {
        let decoding = WireDecoding<T>.resolve()
        guard let value = try? PacketParser().read(message, as: codec, decoding.read) else { return }
        for codec in PacketCodec.allCases {
            var buffer = ByteBuffer()
            // JSON cannot represent every number, and no codec can represent every date.
            guard (try? WireEncoding<T>.resolve().write(value, codec, &buffer)) != nil else { continue }
            guard let copy = buffer.withBytes({ try? PacketParser().read($0, as: codec, decoding.read) }) else {
                fail("an encoded \(type) can be decoded: \(buffer.array)")
            }
            check(isSame(value, copy), "a \(type) survives a round trip: \(value) and \(copy)")
        }
    }
}
