import Bytes
import Testing
import WebSocketProtocol

@Suite("Compression")
struct DeflateTests {
    static let words = [
        #"{"source":5,"rpc":{"type":"request","method":"add","args":[10,20],"kwargs":{}}}"#,
        #"{"source":5,"rpc":{"type":"request","method":"add","args":[11,21],"kwargs":{}}}"#,
        "short", String(repeating: "grüße, 漢字 und 😀. ", count: 3_000), "",
    ]

    @Test(
        "round-trips messages with every window and takeover", arguments: [9, 10, 12, 15], [true, false])
    func roundTrips(bits: Int, takeover: Bool) {
        for role in [Role.server, .client] {
            for level in [1, 6, 9] {
                let parameters = DeflateParameters(
                    serverWindowBits: bits, clientWindowBits: bits, serverContextTakeover: takeover,
                    clientContextTakeover: takeover, level: level, minimumSize: 10)
                var random = Seeded(state: 3)
                let noise = random.bytes(100_000)
                let bytes = written(as: role, fragmentSize: 30_000, deflate: parameters) { writer, buffer in
                    for text in Self.words + Self.words { writer.encode(.text, Array(text.utf8), into: &buffer) }
                    writer.write(.binary, noise, into: &buffer)
                    writer.write(.text, Array(Self.words[0].utf8), into: &buffer)
                }
                let expected =
                    (Self.words + Self.words).map { Heard.text($0) } + [.binary(noise), .text(Self.words[0])]
                let reader: Role = role == .server ? .client : .server
                #expect(hear(bytes, as: reader, deflate: parameters) == expected)
                let pieces = (0..<200).map { _ in Int.random(in: 0...5_000, using: &random) }
                #expect(hear(bytes, in: pieces, as: reader, deflate: parameters) == expected)
            }
        }
    }

    @Test("makes repeated messages smaller only if the window is kept")
    func takeover() {
        func lengths(_ takeover: Bool) -> [Int] {
            var writer = MessageWriter(
                role: .server, deflate: DeflateParameters(serverContextTakeover: takeover, minimumSize: 1))
            var buffer = ByteBuffer()
            return (0..<3).map { _ in
                buffer.removeAll()
                writer.encode(.text, Array(Self.words[0].utf8), into: &buffer)
                return buffer.count
            }
        }
        let kept = lengths(true)
        #expect(kept[1] < kept[0] / 3)
        let forgotten = lengths(false)
        #expect(forgotten[1] == forgotten[0])
    }

    @Test("does not compress short messages and messages that would not shrink")
    func uncompressed() {
        var random = Seeded(state: 1)
        let parameters = DeflateParameters(serverContextTakeover: false, minimumSize: 64)
        let bytes = written(deflate: parameters) { writer, buffer in
            writer.encode(.binary, [UInt8](repeating: 0, count: 63), into: &buffer)
        }
        #expect(bytes.first == 0x82 && bytes.count == 65)
        let zeros = written(deflate: parameters) { writer, buffer in
            writer.encode(.binary, [UInt8](repeating: 0, count: 64), into: &buffer)
        }
        #expect(zeros.first == 0xC2 && zeros.count < 20)
        let noise = random.bytes(500)
        let plain = written(deflate: parameters) { writer, buffer in
            writer.encode(.binary, noise, into: &buffer)
        }
        #expect(plain == [0x82, 126, 0x01, 0xF4] + noise)
    }

    @Test("reads the examples of RFC 7692, section 7.2.3")
    func examples() {
        let deflate = DeflateParameters()
        let hello: [UInt8] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
        // 7.2.3.1, whole and in two fragments; 7.2.3.2, the second message refers to the first.
        #expect(hear([0xC1, 0x07] + hello, as: .client, deflate: deflate) == [.text("Hello")])
        #expect(
            hear([0x41, 0x03] + hello[..<3] + [0x80, 0x04] + hello[3...], as: .client, deflate: deflate)
                == [.text("Hello")])
        #expect(
            hear(
                [0xC1, 0x07] + hello + [0xC1, 0x05, 0xF2, 0x00, 0x11, 0x00, 0x00], as: .client, deflate: deflate)
                == [.text("Hello"), .text("Hello")])
        // 7.2.3.3, a block without compression.
        let stored: [UInt8] = [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00]
        #expect(hear([0xC1, 0x0B] + stored, as: .client, deflate: deflate) == [.text("Hello")])
        // 7.2.3.5, two blocks in one message.
        let two: [UInt8] = [0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00]
        #expect(hear([0xC1, 0x0D] + two, as: .client, deflate: deflate) == [.text("Hello")])
        // 7.2.3.6, an empty message.
        #expect(hear([0xC1, 0x01, 0x00], as: .client, deflate: deflate) == [.text("")])
    }

    @Test("resets the window if that was agreed: a message that refers to an earlier one fails")
    func forgets() {
        let hello: [UInt8] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
        let stream = [0xC1, 0x07] + hello + [0xC1, 0x05, 0xF2, 0x00, 0x11, 0x00, 0x00]
        let heard = hear(stream, as: .client, deflate: DeflateParameters(serverContextTakeover: false))
        #expect(heard == [.text("Hello"), .failure(1007)])
    }

    @Test("continues after a final block, with and without the padding of RFC 7692, section 7.2.3.4")
    func finalBlocks() {
        let final: [UInt8] = [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
        let hello: [UInt8] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
        let stream =
            [0xC1, 0x08] + final + [0x00] + [0xC1, 0x07] + hello + [0xC1, 0x07] + final + [0xC1, 0x07] + hello
            + [0xC1, 0x05, 0xF2, 0x00, 0x11, 0x00, 0x00]
        let expected = [Heard](repeating: .text("Hello"), count: 5)
        #expect(hear(stream, as: .client, deflate: DeflateParameters()) == expected)
        #expect(
            hear(stream, in: [Int](repeating: 1, count: stream.count), as: .client, deflate: DeflateParameters())
                == expected)
    }

    @Test("fails on the compression bit in a continuation or a control frame")
    func misplacedBit() {
        let deflate = DeflateParameters()
        #expect(hear(frame(0x41, [0xF2]) + frame(0xC0, [0]), deflate: deflate) == [.failure(1002)])
        #expect(hear(frame(0xC9, [1]), deflate: deflate) == [.failure(1002)])
        #expect(hear(frame(0xC8, []), deflate: deflate) == [.failure(1002)])
    }

    @Test("fails on invalid and on truncated compressed data")
    func garbage() {
        let deflate = DeflateParameters()
        #expect(hear(frame(0xC2, [0xFF, 0xFF, 0xFF, 0xFF]), deflate: deflate) == [.failure(1007)])
        #expect(hear(frame(0xC2, [0xF2, 0x48, 0xCD]), deflate: deflate) == [.failure(1007)])
        #expect(hear(frame(0xC2, []), deflate: deflate) == [.failure(1007)])
        // Invalid UTF-8 in text that can be inflated.
        let bad = written(as: .client, deflate: DeflateParameters(minimumSize: 1)) { writer, buffer in
            writer.encode(.text, [0x41, 0xFF, 0x41], into: &buffer)
        }
        #expect(hear(bad, deflate: deflate) == [.failure(1007)])
    }

    @Test("accepts a message at the limit and fails one byte above it, for zeros and for random bytes")
    func limit() {
        let limits = MessageLimits(maxMessage: 100_000)
        var random = Seeded(state: 9)
        for payload in [[UInt8](repeating: 0, count: 100_000), random.bytes(100_000)] {
            let good = written(as: .client, deflate: DeflateParameters()) { $0.write(.binary, payload, into: &$1) }
            #expect(good.first.map { $0 & 0x40 } == 0x40)
            #expect(hear(good, limits: limits, deflate: DeflateParameters()) == [.binary(payload)])
            let bad = written(as: .client, deflate: DeflateParameters()) { $0.write(.binary, payload + [1], into: &$1) }
            #expect(hear(bad, limits: limits, deflate: DeflateParameters()) == [.failure(1009)])
        }
    }

    @Test("stops inflating a decompression bomb, with memory for about one message", arguments: [65_536, 100])
    func bomb(fragmentSize: Int) {
        let bytes = written(as: .client, fragmentSize: fragmentSize, deflate: DeflateParameters(level: 9)) {
            writer, buffer in
            writer.write(.binary, [UInt8](repeating: 0, count: 64 << 20), into: &buffer)
        }
        #expect(bytes.count < 200_000)
        var reader = MessageReader(role: .server, deflate: DeflateParameters())
        var peak = 0
        var heard: [Heard] = []
        for start in stride(from: 0, to: bytes.count, by: 50) where heard.isEmpty {
            peak = max(peak, reader.gatheredCapacity)
            heard += hear(Array(bytes[start..<min(start + 50, bytes.count)]), by: &reader)
        }
        #expect(heard == [.failure(1009)])
        #expect(peak <= 2 << 20)
    }

    @Test("survives random compressed bytes")
    func noise() {
        var random = Seeded(state: 77)
        let good = written(as: .server, deflate: DeflateParameters(level: 6)) { writer, buffer in
            writer.encode(.text, Array(Self.words[3].utf8), into: &buffer)
        }
        for _ in 0..<500 {
            var bytes = good
            for _ in 0..<3 {
                bytes[Int.random(in: 4..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let heard = hear(bytes, in: [100, 20], as: .client, deflate: DeflateParameters())
            #expect(heard.count <= 1)
        }
    }
}
