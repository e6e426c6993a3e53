import Testing
import WebSocketProtocol

@Suite("A UTF-8 validator")
struct UTF8ValidatorTests {
    static let good: [[UInt8]] = [
        [], [0x00], [0x7F], [0xC2, 0x80], [0xDF, 0xBF], [0xE0, 0xA0, 0x80], [0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80],
        [0xEF, 0xBF, 0xBD], [0xEF, 0xBF, 0xBF], [0xF0, 0x90, 0x80, 0x80], [0xF3, 0xBF, 0xBF, 0xBF],
        [0xF4, 0x8F, 0xBF, 0xBF], Array("κόσμε".utf8), Array("ASCII only, and longer than a word".utf8),
        Array("eight by eigh漢 then 😀 and ASCII again".utf8),
    ]

    /// Invalid texts. Each becomes invalid at its last byte.
    static let bad: [[UInt8]] = [
        [0x80], [0xBF], [0xC0], [0xC1], [0xF5], [0xF8], [0xFC], [0xFE], [0xFF], [0xC2, 0x41], [0xC2, 0xC2],
        [0xE0, 0x80], [0xE0, 0x9F], [0xED, 0xA0], [0xED, 0xBF], [0xE1, 0x80, 0x41], [0xEF, 0xBF, 0xC0],
        [0xF0, 0x80], [0xF0, 0x8F], [0xF4, 0x90], [0xF1, 0x80, 0x80, 0x00], [0xF1, 0xC0], [0xF3, 0xBF, 0x7F],
    ]

    static let cut: [[UInt8]] = [[0xC2], [0xE0, 0xA0], [0xE2, 0x82], [0xF0, 0x90, 0x80], [0xF4]]

    @Test("accepts valid text, for any division into pieces", arguments: good)
    func takesGood(sequence: [UInt8]) {
        for padding in 0..<10 {
            let bytes = [UInt8](repeating: 0x61, count: padding) + sequence + [0x7A]
            for split in 0...bytes.count {
                var validator = UTF8Validator()
                #expect(Array(bytes[..<split]).withUnsafeBytes { validator.consume($0) })
                #expect(Array(bytes[split...]).withUnsafeBytes { validator.consume($0) })
                #expect(validator.isComplete)
            }
        }
    }

    @Test("rejects invalid text at its first invalid byte", arguments: bad)
    func refusesBad(sequence: [UInt8]) {
        for padding in 0..<10 {
            let bytes = [UInt8](repeating: 0x61, count: padding) + sequence
            var validator = UTF8Validator()
            #expect(Array(bytes.dropLast()).withUnsafeBytes { validator.consume($0) })
            #expect(Array(bytes.suffix(1)).withUnsafeBytes { validator.consume($0) } == false)
            var atOnce = UTF8Validator()
            #expect((bytes + Array("more than eight".utf8)).withUnsafeBytes { atOnce.consume($0) } == false)
        }
    }

    @Test("detects an incomplete character", arguments: cut)
    func knowsCut(sequence: [UInt8]) {
        var validator = UTF8Validator()
        #expect((Array("text".utf8) + sequence).withUnsafeBytes { validator.consume($0) })
        #expect(!validator.isComplete)
    }

    @Test("agrees with the standard library on random bytes")
    func agrees() {
        var random = Seeded(state: 7)
        for _ in 0..<20_000 {
            let alphabet: [UInt8] = [
                0x41, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC2, 0xE0, 0xE1, 0xED, 0xF0, 0xF1, 0xF4,
            ]
            let bytes = (0..<Int.random(in: 0...16, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            var validator = UTF8Validator()
            let isText = bytes.withUnsafeBytes { validator.consume($0) } && validator.isComplete
            #expect(isText == (String(validating: bytes, as: UTF8.self) != nil))
        }
    }

    @Test("accepts every character, and rejects surrogates")
    func everyCharacter() {
        for value in stride(from: UInt32(0), through: 0x10FFFF, by: 7) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            // The three bytes after it allow the validator to read the whole character at once.
            let bytes = Array(String(scalar).utf8) + [0x61, 0x62, 0x63]
            var validator = UTF8Validator()
            guard bytes.withUnsafeBytes({ validator.consume($0) }), validator.isComplete else {
                Issue.record("U+\(String(value, radix: 16)) is rejected")
                return
            }
        }
        for value in UInt16(0xD800)...0xDFFF {
            let bytes = [0xED, 0x80 | UInt8(value >> 6 & 0x3F), 0x80 | UInt8(value & 0x3F), 0x61]
            var validator = UTF8Validator()
            guard !bytes.withUnsafeBytes({ validator.consume($0) }) else {
                Issue.record("the surrogate \(value) is accepted")
                return
            }
        }
    }

    @Test("detects a byte that is not ASCII at every position")
    func ascii() {
        for count in 0..<40 {
            var bytes = [UInt8](repeating: 0x7F, count: count)
            #expect(bytes.withUnsafeBytes { UTF8Validator.isASCII($0) })
            for index in 0..<count {
                bytes[index] = 0x80
                #expect(!bytes.withUnsafeBytes { UTF8Validator.isASCII($0) })
                bytes[index] = 0x7F
            }
        }
    }
}
