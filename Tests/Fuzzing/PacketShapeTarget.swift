import Bytes
import Packets

/// Fuzzes packets made of valid keys with valid and invalid values.
///
/// Random changes of bytes rarely produce such packets, because they make the message malformed.
enum PacketShapeTarget: FuzzTarget {
    static let name = "packets"

    /// The choices with which ``Maker`` makes a request, a response and a channel packet.
    static let seeds: [[UInt8]] = [
        [10, 2, 0, 2, 2, 1, 10, 3, 6, 6, 7, 9, 6, 5, 12, 6, 8],
        [10, 2, 0, 2, 2, 1, 10, 4, 6, 6, 8, 12, 6, 0, 8, 3, 1, 13, 2, 6],
        [10, 3, 0, 3, 2, 3, 6, 2, 2, 9, 2, 2, 1, 2, 2],
    ]

    static func run(_ input: UnsafeRawBufferPointer) {
        var maker = Maker(choices: Choices(input))
        let value = maker.value(depth: 0)
        for codec in PacketCodec.allCases {
            var buffer = ByteBuffer()
            guard (try? codec.write(value, into: &buffer)) != nil else {
                check(codec == .json && !value.isFinite, "a valid value can be written: \(value)")
                continue
            }
            let read = buffer.withBytes { Reading(of: $0, as: codec).check() }
            check(read != nil, "a written value can be read: \(value)")
            check(codec == .json || value.same(as: read), "a value survives a round trip: \(value) and \([read])")
        }
    }

    /// Makes a value from a sequence of choices.
    private struct Maker {
        var choices: Choices

        private static let integers: [Int64] = [0, 1, 5, 6, -1, -32_000, -32_700, .max, .min, 1 << 32]
        private static let doubles = [0, -0.0, 5, 0.5, 1e300, -1e300, .nan, .infinity, -.infinity, 9.3e18]
        private static let texts = Samples.keys + ["", "é", "\u{0}\"\\", "__abort__", "2024-05-06T07:08:09Z", "AQID"]

        mutating func value(depth: Int) -> WireValue {
            switch choices.next() % 11 {
            case 0: .null
            case 1: .bool(choices.next() & 1 == 0)
            case 2: .int(pick(Self.integers))
            case 3: .int(Int64(Int8(bitPattern: choices.next())))
            case 4: .uint(.max - UInt64(choices.next()))
            case 5: .double(pick(Self.doubles))
            case 6: .string(pick(Self.texts))
            case 7: .bytes((0..<(choices.next() % 8)).map { $0 })
            case 8:
                choices.next() & 1 == 0
                    ? .ext(type: Int8(bitPattern: choices.next()), bytes: [1, 2])
                    : .timestamp(Timestamp(seconds: pick(Self.integers), nanoseconds: UInt32(choices.next())))
            case 9: .array(depth > 3 ? [] : (0..<(choices.next() % 4)).map { _ in value(depth: depth + 1) })
            default: .map(depth > 3 ? [:] : map(depth: depth))
            }
        }

        private mutating func map(depth: Int) -> [String: WireValue] {
            var pairs: [String: WireValue] = [:]
            for _ in 0..<(choices.next() % 10) {
                let key = pick(Self.texts)
                pairs[key] = value(depth: depth + 1)
            }
            return pairs
        }

        private mutating func pick<T>(_ list: [T]) -> T { list[Int(choices.next()) % list.count] }
    }
}
