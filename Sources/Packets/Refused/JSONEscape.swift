/// An escape of a JSON string (RFC 8259, section 7). For a surrogate pair, it consists of two escapes.
struct JSONEscape {
    /// The scalar that the escape represents; nil for an unpaired surrogate.
    let scalar: Unicode.Scalar?
    /// The number of bytes, including the backslash.
    let length: Int

    /// Reads an escape; nil if it is malformed.
    /// - Parameter index: The index of the backslash.
    init?(_ bytes: UnsafeRawBufferPointer, at index: Int) {
        if index + 1 < bytes.count, let byte = Self.short(bytes[index + 1]) {
            scalar = Unicode.Scalar(byte)
            length = 2
            return
        }
        guard let unit = Self.unit(bytes, at: index) else { return nil }
        if UTF16.isLeadSurrogate(unit), let trail = Self.unit(bytes, at: index + 6), UTF16.isTrailSurrogate(trail) {
            scalar = Unicode.Scalar(0x10000 + UInt32(unit & 0x3FF) << 10 + UInt32(trail & 0x3FF))
            length = 12
        } else {
            scalar = Unicode.Scalar(unit)
            length = 6
        }
    }

    /// Returns the UTF-16 code unit that `\u` and four digits represent.
    private static func unit(_ bytes: UnsafeRawBufferPointer, at index: Int) -> UInt16? {
        guard index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt16 = 0
        for byte in bytes[index + 2..<index + 6] {
            guard let digit = digit(byte) else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Returns the character that a backslash followed by `byte` represents.
    private static func short(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }
}
