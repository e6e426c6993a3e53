import Bytes

/// A writer of compact JSON (RFC 8259).
enum JSONWriter {
    static func write(_ value: Int64, into buffer: inout ByteBuffer) {
        if value < 0 { buffer.append(UInt8(ascii: "-")) }
        write(value.magnitude, into: &buffer)
    }

    static func write(_ value: UInt64, into buffer: inout ByteBuffer) {
        var count = 1
        var power: UInt64 = 10
        // A 64-bit integer has at most 20 digits, and 10 to the power of 20 would overflow.
        while count < 20, value >= power {
            count += 1
            if count < 20 { power *= 10 }
        }
        let target = buffer.reserve(count)
        var rest = value
        for index in stride(from: count - 1, through: 0, by: -1) {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            (target + index).storeBytes(of: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit), as: UInt8.self)
            rest = quotient
        }
        buffer.advance(by: count)
    }

    static func write(_ value: Double, into buffer: inout ByteBuffer) throws {
        try PacketCodec.json.checkSendable(value)
        // Below 2^53 every integer is a double, and this writes the same text as Swift's own description.
        if let integer = Int64(exactly: value), integer.magnitude < 1 << 53, integer != 0 {
            write(integer, into: &buffer)
            buffer.append(".0")
        } else {
            write(number: value.description, into: &buffer)
        }
    }

    static func write(_ value: Float, into buffer: inout ByteBuffer) throws {
        try PacketCodec.json.checkSendable(value)
        write(number: value.description, into: &buffer)
    }

    private static func write(number: String, into buffer: inout ByteBuffer) {
        var number = number
        number.withUTF8 { buffer.append(contentsOf: UnsafeRawBufferPointer($0)) }
    }

    static func write(base64 bytes: UnsafeRawBufferPointer, into buffer: inout ByteBuffer) {
        let count = Base64.encodedCount(bytes.count)
        buffer.append(UInt8(ascii: "\""))
        Base64.encode(bytes, into: buffer.reserve(count))
        buffer.advance(by: count)
        buffer.append(UInt8(ascii: "\""))
    }
}

// MARK: - Strings

extension JSONWriter {
    /// Writes a string. Runs that need no escape are copied whole. Only quotes, backslashes and control characters are
    /// escaped.
    static func write(text: UnsafeRawBufferPointer, into buffer: inout ByteBuffer) {
        var start = 0
        var index = plainRun(text, from: 0)
        if index == text.count, let source = text.baseAddress { return quote(source, text.count, into: &buffer) }
        buffer.append(UInt8(ascii: "\""))
        while index < text.count {
            buffer.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[start..<index]))
            escape(text[index], into: &buffer)
            start = index + 1
            index = plainRun(text, from: start)
        }
        buffer.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[start...]))
        buffer.append(UInt8(ascii: "\""))
    }

    private static func quote(_ plain: UnsafeRawPointer, _ count: Int, into buffer: inout ByteBuffer) {
        let target = buffer.reserve(count + 2)
        target.storeBytes(of: UInt8(ascii: "\""), as: UInt8.self)
        (target + 1).copyMemory(from: plain, byteCount: count)
        target.storeBytes(of: UInt8(ascii: "\""), toByteOffset: count + 1, as: UInt8.self)
        buffer.advance(by: count + 2)
    }

    /// Returns the index of the next byte that must be escaped, or the end.
    private static func plainRun(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while text.count - index >= 32 {
            let words = text.loadUnaligned(fromByteOffset: index, as: SIMD4<UInt64>.self)
            if mayNeedEscape(words) { break }
            index += 32
        }
        while text.count - index >= 8 {
            let word = text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            if mayNeedEscape(SIMD4(repeating: word)) { break }
            index += 8
        }
        while index < text.count, !needsEscape(text[index]) { index += 1 }
        return index < text.count ? index : text.count
    }

    /// Whether any byte may be below 0x20, a quote or a backslash. A false positive costs only time. It subtracts from
    /// all bytes at once and tests the high bits for borrows.
    @inline(__always) private static func mayNeedEscape(_ words: SIMD4<UInt64>) -> Bool {
        let ones = SIMD4<UInt64>(repeating: 0x0101_0101_0101_0101)
        let quotes = words ^ (ones &* 0x22)
        let backslashes = words ^ (ones &* 0x5c)
        let controls = (words &- (ones &* 0x20)) & ~words
        let found = controls | ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
        return (found[0] | found[1] | found[2] | found[3]) & 0x8080_8080_8080_8080 != 0
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private static func escape(_ byte: UInt8, into buffer: inout ByteBuffer) {
        switch byte {
        case UInt8(ascii: "\""): buffer.append(#"\""#)
        case UInt8(ascii: "\\"): buffer.append(#"\\"#)
        case UInt8(ascii: "\n"): buffer.append(#"\n"#)
        case UInt8(ascii: "\r"): buffer.append(#"\r"#)
        case UInt8(ascii: "\t"): buffer.append(#"\t"#)
        case 0x08: buffer.append(#"\b"#)
        case 0x0c: buffer.append(#"\f"#)
        default:
            buffer.append(byte < 0x10 ? #"\u000"# : #"\u001"#)
            let digit = byte & 0xf
            buffer.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
