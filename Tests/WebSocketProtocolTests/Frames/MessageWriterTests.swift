import Bytes
import Testing
import WebSocketProtocol

@Suite("A message writer")
struct MessageWriterTests {
    static let lengths = [0, 1, 78, 125, 126, 127, 1_000, 65_535, 65_536, 65_537, 200_000]

    @Test("writes messages that its peer reads back", arguments: lengths, [Role.server, .client])
    func roundTrip(length: Int, role: Role) {
        let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let bytes = written(as: role) { writer, buffer in
            writer.write(.binary, payload, into: &buffer)
            writer.encode(.binary, payload, into: &buffer)
            writer.encode(.binary, payload, into: &buffer)
        }
        let heard = hear(bytes, as: role == .server ? .client : .server)
        #expect(heard == [.binary(payload), .binary(payload), .binary(payload)])
    }

    @Test("frames a message in the same way if it is encoded in place or copied")
    func samePaths() {
        for length in Self.lengths {
            let payload = [UInt8](repeating: 5, count: length)
            let copied = written { $0.write(.text, payload, into: &$1) }
            #expect(copied == written { $0.encode(.text, payload, into: &$1) })
        }
    }

    @Test("writes correct frames when a long message follows a short one, and vice versa")
    func alternates() {
        for role in [Role.server, .client] {
            let lengths = [10, 1_000, 10, 70_000, 3, 200, 70_000, 300, 0, 126, 125]
            let bytes = written(as: role) { writer, buffer in
                for length in lengths {
                    writer.encode(.binary, [UInt8](repeating: UInt8(length % 251), count: length), into: &buffer)
                }
            }
            #expect(
                hear(bytes, as: role == .server ? .client : .server)
                    == lengths.map { .binary([UInt8](repeating: UInt8($0 % 251), count: $0)) })
        }
    }

    @Test("writes the shortest header that holds the length")
    func headers() {
        #expect(written { $0.encode(.text, Array("Hello".utf8), into: &$1) } == [0x81, 5] + Array("Hello".utf8))
        for (length, header) in [
            (125, [0x82, 125]), (126, [0x82, 126, 0, 126]), (65_535, [0x82, 126, 0xFF, 0xFF]),
            (65_536, [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] as [(Int, [UInt8])] {
            let bytes = written { $0.encode(.binary, [UInt8](repeating: 0, count: length), into: &$1) }
            #expect(Array(bytes.prefix(header.count)) == header)
            #expect(bytes.count == header.count + length)
        }
    }

    @Test("splits a message above the fragment size", arguments: [1, 3, 10, 125, 126, 200], [Role.server, .client])
    func fragments(size: Int, role: Role) {
        for length in [0, 1, size - 1, size, size + 1, 2 * size, 2 * size + 1, 5 * size + 3] {
            let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
            let bytes = written(as: role, fragmentSize: size) { writer, buffer in
                writer.encode(.binary, [UInt8](repeating: 1, count: 300), into: &buffer)
                writer.encode(.binary, payload, into: &buffer)
                writer.write(.binary, payload, into: &buffer)
            }
            let heard = hear(bytes, as: role == .server ? .client : .server)
            #expect(heard == [.binary([UInt8](repeating: 1, count: 300)), .binary(payload), .binary(payload)])
        }
        let two = written(fragmentSize: 3) { $0.encode(.text, Array("abcdefg".utf8), into: &$1) }
        #expect(two == [0x01, 3, 97, 98, 99, 0x00, 3, 100, 101, 102, 0x80, 1, 103])
    }

    @Test("can cancel a message")
    func cancels() {
        let bytes = written { writer, buffer in
            writer.encode(.text, [65], into: &buffer)
            let mark = writer.begin(.text, in: &buffer)
            buffer.append(contentsOf: [1, 2, 3])
            writer.cancel(mark, in: &buffer)
            writer.encode(.text, [66], into: &buffer)
        }
        #expect(bytes == [0x81, 1, 65, 0x81, 1, 66])
    }

    @Test("masks each frame of a client with a different key")
    func freshKeys() {
        let bytes = written(as: .client) { writer, buffer in
            for _ in 0..<200 { writer.encode(.binary, [0], into: &buffer) }
        }
        let keys = stride(from: 0, to: bytes.count, by: 7).map { Array(bytes[($0 + 2)..<($0 + 6)]) }
        #expect(Set(keys).count > 195)
    }

    @Test("writes control frames that its peer can read", arguments: [Role.server, .client])
    func controls(role: Role) {
        let long = [UInt8](repeating: 9, count: 200)
        let bytes = written(as: role) { writer, buffer in
            [UInt8]([1, 2]).withUnsafeBytes { writer.writePing($0, into: &buffer) }
            long.withUnsafeBytes { writer.writePong($0, into: &buffer) }
            writer.writeClose(.goingAway, reason: "bye", into: &buffer)
        }
        let heard = hear(bytes, as: role == .server ? .client : .server)
        #expect(heard == [.ping([1, 2]), .pong(Array(long[..<125])), .close(1001, "bye")])
    }

    @Test("cuts a close reason between two characters")
    func longReason() {
        for (reason, kept) in [
            (String(repeating: "a", count: 123), 123), (String(repeating: "a", count: 124), 123),
            (String(repeating: "ü", count: 62), 122), ("a" + String(repeating: "😀", count: 40), 121),
        ] {
            let bytes = written { $0.writeClose(.normal, reason: reason, into: &$1) }
            #expect(
                hear(bytes, as: .client) == [.close(1000, String(decoding: reason.utf8.prefix(kept), as: UTF8.self))])
        }
    }

    @Test("writes an empty close frame without a code, and for a code that cannot be sent")
    func emptyClose() {
        for code in [nil, CloseCode.noStatus, .abnormal] {
            #expect(written { $0.writeClose(code, reason: "lost", into: &$1) } == [0x88, 0])
        }
    }
}
