/// An incremental validator of UTF-8 (RFC 3629). It fails at the first byte that no valid text can have at its
/// position.
///
/// It checks ASCII 32 bytes at a time, and other text one character at a time. The bytes may be split anywhere.
package struct UTF8Validator {
    /// The number of continuation bytes that the current sequence still needs.
    private var missing: UInt8 = 0
    /// The range of the next continuation byte, which is narrower after E0, ED, F0 and F4.
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xBF

    package init() {}

    /// Whether the consumed bytes end between two characters.
    package var isComplete: Bool { missing == 0 }

    /// Whether all of `bytes` is ASCII. A message of ASCII needs no validator.
    @inline(__always) package static func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress else { return true }
        let count = bytes.count
        guard count >= 8 else {
            var seen: UInt8 = 0
            for index in 0..<count { seen |= base.load(fromByteOffset: index, as: UInt8.self) }
            return seen & 0x80 == 0
        }
        var wide = SIMD4<UInt64>()
        var index = 0
        while index <= count - 32 {
            wide |= base.loadUnaligned(fromByteOffset: index, as: SIMD4<UInt64>.self)
            index += 32
        }
        // The last word overlaps bytes that were already checked.
        var seen = wide[0] | wide[1] | wide[2] | wide[3]
        while index <= count - 8 {
            seen |= base.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            index += 8
        }
        seen |= base.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
        return seen & highBits == 0
    }

    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// Consumes the next bytes; false if they cannot be part of valid text.
    package mutating func consume(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress else { return true }
        let count = bytes.count
        var index = 0
        while index < count {
            if missing == 0 {
                while count - index >= 32 {
                    let wide = base.loadUnaligned(fromByteOffset: index, as: SIMD4<UInt64>.self)
                    guard (wide[0] | wide[1] | wide[2] | wide[3]) & Self.highBits == 0 else { break }
                    index += 32
                }
                while count - index >= 8 {
                    let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                    let high = word & Self.highBits
                    guard high == 0 else {
                        index += high.trailingZeroBitCount >> 3
                        break
                    }
                    index += 8
                }
                let start = index
                index = Self.skipCharacters(base, from: index, to: count)
                guard index == start else { continue }
                guard index < count else { return true }
                guard begin(base.load(fromByteOffset: index, as: UInt8.self)) else { return false }
            } else {
                let byte = base.load(fromByteOffset: index, as: UInt8.self)
                guard byte >= lowest, byte <= highest else { return false }
                missing -= 1
                lowest = 0x80
                highest = 0xBF
            }
            index += 1
        }
        return true
    }

    /// Skips valid characters that have at least four bytes left to read. Stops at a run of ASCII, and at a character
    /// that needs a closer check.
    @inline(__always)
    private static func skipCharacters(_ base: UnsafeRawPointer, from start: Int, to end: Int) -> Int {
        var index = start
        while end - index >= 4 {
            // The first byte of the character is the lowest of the word.
            let word = UInt32(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt32.self))
            if word & 0x80 == 0 {
                guard word & 0x8080_8080 != 0 else { break }
                index += 1
            } else if word & 0xC0E0 == 0x80C0, word & 0x1E != 0 {
                index += 2
            } else if word & 0xC0_C0F0 == 0x80_80E0, word & 0x200F != 0, word & 0x200F != 0x200D {
                index += 3
            } else if word & 0xC0C0_C0F8 == 0x8080_80F0, word & 0x3007 != 0, word & 0x07 < 4 || word & 0x3007 == 4 {
                index += 4
            } else {
                break
            }
        }
        return index
    }

    /// Processes the first byte of a character, according to the table in RFC 3629, section 4.
    private mutating func begin(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x00...0x7F: return true
        case 0xC2...0xDF: missing = 1
        case 0xE0: (missing, lowest) = (2, 0xA0)
        case 0xED: (missing, highest) = (2, 0x9F)
        case 0xE1...0xEF: missing = 2
        case 0xF0: (missing, lowest) = (3, 0x90)
        case 0xF1...0xF3: missing = 3
        case 0xF4: (missing, highest) = (3, 0x8F)
        default: return false
        }
        return true
    }
}
