import Testing
import WebSocketProtocol

@Suite("A message reader with invalid input")
struct MessageReaderRefusalTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: [UInt8]
        var role = Role.server
        var code: UInt16 = 1002

        init(_ what: String, _ bytes: [UInt8], to role: Role = .server, code: UInt16 = 1002) {
            testDescription = what
            self.bytes = bytes
            self.role = role
            self.code = code
        }
    }

    static let cases = [
        Case("an unmasked frame from a client", frame(0x82, [1], mask: nil)),
        Case("a masked frame from a server", frame(0x82, [1]), to: .client),
        Case("an unmasked ping from a client", frame(0x89, [1], mask: nil)),
        Case("reserved bit 1 without compression", frame(0xC2, [1])),
        Case("reserved bit 2", frame(0xA2, [1])),
        Case("reserved bit 3", frame(0x92, [1])),
        Case("opcode 3", frame(0x83, [1])), Case("opcode 4", frame(0x84, [])), Case("opcode 5", frame(0x85, [1])),
        Case("opcode 6", frame(0x86, [1])), Case("opcode 7", frame(0x87, [1])), Case("opcode 11", frame(0x8B, [1])),
        Case("opcode 12", frame(0x8C, [])), Case("opcode 13", frame(0x8D, [1])), Case("opcode 14", frame(0x8E, [1])),
        Case("opcode 15", frame(0x8F, [1])),
        Case("a fragmented ping", frame(0x09, [1])),
        Case("a ping above 125 bytes", frame(0x89, [UInt8](repeating: 0, count: 126))),
        Case("a close frame above 125 bytes", frame(0x88, [3, 232] + [UInt8](repeating: 65, count: 124))),
        Case("a continuation without a start", frame(0x80, [1])),
        Case("a continuation after a whole message", frame(0x82, [1]) + frame(0x00, [1])),
        Case("a new message inside a fragmented message", frame(0x02, [1]) + frame(0x82, [1])),
        Case("a length of 125 in two bytes", [0x82, 0xFE, 0, 125, 0, 0, 0, 0]),
        Case("a length of 65,535 in eight bytes", [0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0]),
        Case("a length of 2^63", [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        Case("a length of 2^64 - 1", [0x82, 0xFF] + [UInt8](repeating: 0xFF, count: 8) + [0, 0, 0, 0]),
        Case(
            "a length of 2^63 - 1", [0x82, 0xFF, 0x7F] + [UInt8](repeating: 0xFF, count: 7) + [0, 0, 0, 0], code: 1009),
        Case("1 GiB without data", [0x82, 0xFF, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0], code: 1009),
        Case("a close payload of one byte", frame(0x88, [3])),
        Case("a close reason that is not UTF-8", frame(0x88, [0x03, 0xE8, 0xC0, 0xAF]), code: 1007),
        Case("a close reason that ends inside a character", frame(0x88, [0x03, 0xE8, 0xE2, 0x82]), code: 1007),
        Case("text that is not UTF-8", frame(0x81, [0xFF]), code: 1007),
        Case("text that ends inside a character", frame(0x81, [0x41, 0xE2, 0x82]), code: 1007),
    ]

    @Test("fails on protocol violations, whole and byte by byte", arguments: cases)
    func breaches(_ breach: Case) {
        for pieces in [[], [Int](repeating: 1, count: breach.bytes.count), [1], [2], [3]] {
            let heard = hear(breach.bytes, in: pieces, as: breach.role)
            #expect(heard.last == .failure(breach.code))
        }
    }

    @Test("fails again on each further call")
    func staysFailed() {
        var reader = MessageReader(role: .server)
        #expect(hear(frame(0x83, []), by: &reader) == [.failure(1002)])
        #expect(hear(frame(0x82, [1]), by: &reader) == [.failure(1002)])
    }

    @Test("fails on an invalid header after its first two bytes")
    func earlyHeader() {
        #expect(hear([0x83, 0xFF]) == [.failure(1002)])
        #expect(hear([0x82, 0x7E]) == [.failure(1002)])
        #expect(hear([0x89, 0xFE]) == [.failure(1002)])
    }

    @Test(
        "fails on invalid close codes",
        arguments: [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])
    func badCloseCode(code: UInt16) {
        #expect(hear(frame(0x88, [UInt8(code >> 8), UInt8(code & 0xFF)])) == [.failure(1002)])
    }

    @Test(
        "accepts every valid close code", arguments: [1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 3999, 4000, 4999])
    func goodCloseCode(code: UInt16) {
        #expect(hear(frame(0x88, [UInt8(code >> 8), UInt8(code & 0xFF), 0x6F])) == [.close(code, "o")])
    }

    @Test("fails one byte above the message limit, in one frame and in two")
    func messageLimit() {
        let limits = MessageLimits(maxMessage: 1_000)
        let whole = [UInt8](repeating: 1, count: 1_000)
        #expect(hear(frame(0x82, whole), limits: limits) == [.binary(whole)])
        #expect(hear(Array(frame(0x82, whole + [1]).prefix(8)), limits: limits) == [.failure(1009)])
        let first = frame(0x02, Array(whole[..<600]))
        #expect(hear(first + frame(0x80, Array(whole[..<400])), limits: limits) == [.binary(whole)])
        #expect(hear(first + frame(0x80, Array(whole[..<401])).prefix(8), limits: limits) == [.failure(1009)])
        #expect(
            hear(first + [0x80, 0xFF, 0x7F] + [UInt8](repeating: 0xFF, count: 11), limits: limits) == [.failure(1009)])
    }

    @Test("fails one byte above a limit that is smaller than a short frame")
    func smallLimit() {
        let limits = MessageLimits(maxMessage: 100)
        let payload = [UInt8](repeating: 1, count: 100)
        #expect(hear(frame(0x82, payload), limits: limits) == [.binary(payload)])
        #expect(hear(frame(0x82, payload + [1]), limits: limits) == [.failure(1009)])
        #expect(
            hear(frame(0x82, []) + frame(0x82, [1]), limits: MessageLimits(maxMessage: 0)) == [
                .binary([]), .failure(1009),
            ])
    }

    @Test("accepts any length without a limit, and does not trap")
    func noLimit() {
        let limits = MessageLimits(maxMessage: .max, maxFragments: .max)
        let header = [0x02, 0xFF, 0x0F] + [UInt8](repeating: 0xFF, count: 7) + [0, 0, 0, 0]
        #expect(hear(header + [1, 2, 3], limits: limits, deflate: DeflateParameters()).isEmpty)
        let hello = frame(0xC2, [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00])
        #expect(hear(hello, limits: limits, deflate: DeflateParameters()) == [.binary(Array("Hello".utf8))])
    }

    @Test("fails one fragment above the limit, even if it is empty", arguments: [[], [7]])
    func fragmentLimit(payload: [UInt8]) {
        let limits = MessageLimits(maxFragments: 10)
        let nine = frame(0x02, payload) + (0..<8).flatMap { _ in frame(0x00, payload) }
        let all = (0..<10).flatMap { _ in payload }
        #expect(hear(nine + frame(0x80, payload), limits: limits) == [.binary(all)])
        #expect(hear(nine + frame(0x00, payload) + frame(0x80, payload), limits: limits) == [.failure(1008)])
    }

    @Test("accepts control frames of 125 bytes between fragments, which do not count towards limits")
    func controlsAreFree() {
        let limits = MessageLimits(maxMessage: 2, maxFragments: 2)
        let ping = [UInt8](repeating: 1, count: 125)
        let stream = frame(0x02, [1]) + frame(0x89, ping) + frame(0x8A, ping) + frame(0x80, [2])
        #expect(hear(stream, in: [20, 100, 70], limits: limits) == [.ping(ping), .pong(ping), .binary([1, 2])])
    }

    @Test("fails on invalid text at the first invalid byte, before the message ends")
    func failFast() {
        let header: [UInt8] = [0x81, 0xFE, 0x01, 0x00, 0, 0, 0, 0]
        var reader = MessageReader(role: .server)
        #expect(hear(header + Array("grüße".utf8), by: &reader).isEmpty)
        #expect(hear([0xF4], by: &reader).isEmpty)
        #expect(hear([0x90], by: &reader) == [.failure(1007)])
        // Also across fragments.
        #expect(hear(frame(0x01, [0xCE]) + frame(0x00, [0xBA, 0xED, 0xA0])) == [.failure(1007)])
    }
}
