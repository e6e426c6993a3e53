/// A text of a rejected message, including its JSON escapes. It may be invalid UTF-8 and may have lone surrogates.
struct RawText {
    let bytes: UnsafeRawBufferPointer
    /// Whether the text has escapes. All of them are well-formed.
    let isEscaped: Bool

    /// Whether the text equals an ASCII literal.
    func isText(_ literal: StaticString) -> Bool {
        let expected = UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
        guard isEscaped else { return bytes.count == expected.count && bytes.elementsEqual(expected) }
        // An escape of an ASCII character takes at most six bytes.
        guard bytes.count <= 6 * expected.count else { return false }
        let content = content(limit: expected.count)
        return content.count == expected.count && content.bytes.elementsEqual(expected)
    }

    /// Decodes the escapes of the text.
    /// - Parameter limit: The maximum number of bytes to keep.
    func content(limit: Int) -> Content {
        var content = Content(limit: limit)
        guard isEscaped else {
            content.append(bytes)
            return content
        }
        var rest = bytes[...]
        while let backslash = rest.firstIndex(of: UInt8(ascii: "\\")) {
            content.append(UnsafeRawBufferPointer(rebasing: rest[..<backslash]))
            guard let escape = JSONEscape(bytes, at: backslash) else { break }
            content.append(escape)
            rest = rest[(backslash + escape.length)...]
        }
        content.append(UnsafeRawBufferPointer(rebasing: rest))
        return content
    }

    /// The decoded beginning of a text, and the length of the whole text.
    struct Content {
        let limit: Int
        private(set) var bytes: [UInt8] = []
        /// The length of the whole text in UTF-8 bytes.
        private(set) var count = 0
        private(set) var hasLoneSurrogate = false

        init(limit: Int) { self.limit = limit }

        /// Whether the text is valid UTF-8. It is meaningful only if the text is not longer than the limit.
        var isValid: Bool { !hasLoneSurrogate && String(validating: bytes, as: UTF8.self) != nil }

        fileprivate mutating func append(_ more: some Collection<UInt8>) {
            count += more.count
            bytes += more.prefix(max(0, limit - bytes.count))
        }

        fileprivate mutating func append(_ escape: JSONEscape) {
            guard let scalar = escape.scalar else {
                hasLoneSurrogate = true
                // Counted with the length of the replacement character.
                return count += 3
            }
            if bytes.count < limit { append(Array(String(scalar).utf8)) } else { count += UTF8.width(scalar) }
        }
    }
}
