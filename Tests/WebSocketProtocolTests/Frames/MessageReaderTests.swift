import Bytes
import Testing
import WebSocketProtocol

@Suite("A message reader")
struct MessageReaderTests {
    @Test("reads the example frames of RFC 6455, section 5.7")
    func examples() {
        let hello: [UInt8] = [0x48, 0x65, 0x6C, 0x6C, 0x6F]
        #expect(hear([0x81, 0x05] + hello, as: .client) == [.text("Hello")])
        #expect(
            hear([0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]) == [.text("Hello")])
        #expect(hear([0x01, 0x03, 0x48, 0x65, 0x6C, 0x80, 0x02, 0x6C, 0x6F], as: .client) == [.text("Hello")])
        #expect(hear([0x89, 0x05] + hello, as: .client) == [.ping(hello)])
        #expect(
            hear([0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]) == [.pong(hello)])
        let bytes = [UInt8](repeating: 7, count: 65_536)
        #expect(hear([0x82, 0x7E, 0x01, 0x00] + bytes[..<256], as: .client) == [.binary(Array(bytes[..<256]))])
        #expect(hear([0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0] + bytes, as: .client) == [.binary(bytes)])
    }

    @Test("returns a whole message in place, and keeps no memory for it")
    func inPlace() {
        var bytes = frame(0x82, [1, 2, 3]) + frame(0x82, [UInt8](repeating: 9, count: 1_000))
        bytes.withUnsafeMutableBytes { memory in
            var reader = MessageReader(role: .server)
            var input = memory
            for offset in [6, 17] {
                guard case .message(.binary, let payload) = reader.next(in: &input) else {
                    Issue.record("no message")
                    return
                }
                #expect(payload.baseAddress == UnsafeRawPointer(memory.baseAddress.map { $0 + offset }))
            }
            #expect(reader.gatheredCapacity == 0)
        }
    }

    @Test("returns the same events for any division of a stream", arguments: 0..<40)
    func anyCut(seed: Int) {
        var random = Seeded(state: UInt64(seed))
        let role: Role = seed.isMultiple(of: 2) ? .server : .client
        let (stream, expected) = Self.stream(to: role, using: &random)
        #expect(hear(stream, as: role) == expected)
        #expect(hear(stream, in: [Int](repeating: 1, count: stream.count), as: role) == expected)
        for _ in 0..<10 {
            let pieces = (0..<stream.count).map { _ in Int.random(in: 0...60, using: &random) }
            #expect(hear(stream, in: pieces, as: role) == expected)
        }
    }

    @Test("returns the same events for every split of a short stream")
    func everySplit() {
        let stream =
            frame(0x01, Array("grü".utf8)) + frame(0x89, [1, 2]) + frame(0x00, []) + frame(0x80, Array("ße".utf8))
            + frame(0x82, [UInt8](repeating: 5, count: 200)) + frame(0x88, [0x03, 0xE8] + Array("tschüß".utf8))
        let expected: [Heard] = [
            .ping([1, 2]), .text("grüße"), .binary([UInt8](repeating: 5, count: 200)), .close(1000, "tschüß"),
        ]
        for first in 0...stream.count {
            #expect(hear(stream, in: [first]) == expected)
            for second in stride(from: 0, through: stream.count - first, by: 7) {
                #expect(hear(stream, in: [first, second]) == expected)
            }
        }
    }

    @Test("unmasks payloads of every length, with any key", arguments: 0..<70)
    func masks(length: Int) {
        let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        for key: [UInt8] in [[0, 0, 0, 0], [1, 2, 3, 4], [255, 128, 64, 1]] {
            let bytes = frame(0x82, payload, mask: key)
            #expect(hear(bytes) == [.binary(payload)])
            #expect(hear(bytes, in: [6 + length / 2, 1, 2]) == [.binary(payload)])
        }
    }

    @Test("ignores bytes after a close frame")
    func afterClose() {
        #expect(hear(frame(0x88, []) + frame(0x82, [1]) + [0xFF, 0xFF]) == [.close(nil, "")])
    }

    @Test("keeps at most 16 KiB between messages")
    func keepsLittle() {
        for (length, kept) in [(10_000, 1...16_384), (100_000, 0...0)] {
            var reader = MessageReader(role: .server)
            let bytes = frame(0x82, [UInt8](repeating: 1, count: length))
            let heard = hear(bytes, in: [bytes.count / 2], by: &reader)
            #expect(heard.count == 1)
            #expect(hear([], by: &reader).isEmpty)
            #expect(kept.contains(reader.gatheredCapacity))
        }
    }

    @Test("allocates memory for received bytes, not for the length that a header claims")
    func claims() {
        var reader = MessageReader(role: .server, limits: MessageLimits(maxMessage: 1 << 30))
        let header: [UInt8] = [0x82, 0xFF, 0, 0, 0, 0, 0x3F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]
        #expect(hear(header + [1, 2, 3], by: &reader).isEmpty)
        #expect(reader.gatheredCapacity <= 256)
    }

    @Test("survives random bytes", arguments: [Role.server, .client])
    func noise(role: Role) {
        var random = Seeded(state: 42)
        for run in 1...2_000 {
            var bytes = random.bytes(Int.random(in: 0...80, using: &random))
            // Half of the streams begin like a frame, so that the reader gets past the header.
            if run.isMultiple(of: 2), bytes.count > 2 {
                bytes[0] = [0x81, 0x82, 0x01, 0xC1, 0xC2, 0x89, 0x88, 0x41].randomElement(using: &random) ?? 0x81
                bytes[1] = UInt8.random(in: 0...30, using: &random) | (role == .server ? 0x80 : 0)
            }
            let pieces = (0..<4).map { _ in Int.random(in: 0...30, using: &random) }
            let limits = MessageLimits(maxMessage: 1_000, maxFragments: 4)
            let whole = hear(bytes, as: role, limits: limits, deflate: DeflateParameters())
            let cut = hear(bytes, in: pieces, as: role, limits: limits, deflate: DeflateParameters())
            #expect(whole == cut)
        }
    }

    /// Returns a stream of messages, whole and in fragments with control frames between them, and the expected events.
    private static func stream(to role: Role, using random: inout Seeded) -> ([UInt8], [Heard]) {
        var stream: [UInt8] = []
        var expected: [Heard] = []
        for _ in 0..<12 {
            let mask = role == .server ? random.bytes(4) : nil
            let isText = Bool.random(using: &random)
            let length = [0, 1, 7, 78, 125, 126, 127, 300].randomElement(using: &random) ?? 0
            let text = String((0..<length).map { _ in "aé漢😀".randomElement(using: &random) ?? "a" })
            let payload = isText ? Array(text.utf8) : random.bytes(length)
            var rest = payload[...]
            var opcode: UInt8 = isText ? 1 : 2
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let piece = rest.prefix(Int.random(in: 0...100, using: &random))
                stream += frame(opcode, Array(piece), mask: mask)
                rest = rest.dropFirst(piece.count)
                opcode = 0
                let control = random.bytes(Int.random(in: 0...125, using: &random))
                stream += frame(0x89, control, mask: mask)
                expected.append(.ping(control))
            }
            stream += frame(0x80 | opcode, Array(rest), mask: mask)
            expected.append(isText ? .text(text) : .binary(payload))
        }
        return (stream, expected)
    }
}
