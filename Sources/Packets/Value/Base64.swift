/// Base64 (RFC 4648, section 4), the form of bytes in JSON.
package enum Base64 {
    private static let alphabet: [UInt8] = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The value of each ASCII character; 255 if the character is not in the alphabet.
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
        return table
    }()

    package static func encodedCount(_ count: Int) -> Int { (count + 2) / 3 * 4 }

    /// Writes `encodedCount(bytes.count)` characters, padded with `=`.
    package static func encode(_ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer) {
        alphabet.withUnsafeBufferPointer { alphabet in
            var out = target
            func put(_ sextet: UInt32) {
                out.storeBytes(of: alphabet[Int(sextet & 63)], as: UInt8.self)
                out += 1
            }
            var index = 0
            while bytes.count - index >= 3 {
                let word = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
                put(word >> 18)
                put(word >> 12)
                put(word >> 6)
                put(word)
                index += 3
            }
            let rest = bytes.count - index
            guard rest > 0 else { return }
            let word = UInt32(bytes[index]) << 16 | (rest == 2 ? UInt32(bytes[index + 1]) << 8 : 0)
            put(word >> 18)
            put(word >> 12)
            if rest == 2 { put(word >> 6) } else { putPadding() }
            putPadding()

            func putPadding() {
                out.storeBytes(of: UInt8(ascii: "="), as: UInt8.self)
                out += 1
            }
        }
    }

    /// Decodes a text, with or without padding.
    /// - Returns: The bytes, or nil if the text has a character outside the alphabet or nonzero leftover bits.
    package static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        var characters = text[...]
        if characters.count.isMultiple(of: 4) {
            for _ in 0..<2 where characters.last == UInt8(ascii: "=") { characters.removeLast() }
        }
        guard characters.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count * 3 / 4)
        var word: UInt32 = 0
        var bits = 0
        for character in characters {
            let value = values[Int(character)]
            guard value != 255 else { return nil }
            word = word << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(bits)))
                word &= (1 << UInt32(bits)) - 1
            }
        }
        return word == 0 ? bytes : nil
    }

    package static func decode(_ text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8 { decode(UnsafeRawBufferPointer($0)) }
    }
}

extension Base64 {
    package static func text(of bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: encodedCount(bytes.count)) { target in
            bytes.withUnsafeBytes { encode($0, into: UnsafeMutableRawPointer(target.baseAddress.unsafelyUnwrapped)) }
            return encodedCount(bytes.count)
        }
    }
}
