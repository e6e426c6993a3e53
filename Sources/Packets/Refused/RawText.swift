/// A text as it stands in a message, with the escapes of JSON. It need not be UTF-8, and may have lone surrogates.
struct RawText {
    let bytes: UnsafeRawBufferPointer
    /// Whether a backslash begins an escape; each escape is well-formed.
    let isEscaped: Bool

    /// Whether it is a text of ASCII.
    func isText(_ literal: StaticString) -> Bool {
        let expected = UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
        guard isEscaped else { return bytes.count == expected.count && bytes.elementsEqual(expected) }
        // An escape takes six bytes at most for a byte of ASCII.
        guard bytes.count <= 6 * expected.count else { return false }
        let content = content(limit: expected.count)
        return content.count == expected.count && content.bytes.elementsEqual(expected)
    }

    /// The text without its escapes.
    /// - Parameter limit: how many bytes of it are kept at most.
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

    /// The beginning of a text, and its length.
    struct Content {
        let limit: Int
        private(set) var bytes: [UInt8] = []
        /// The length of the whole text in bytes of UTF-8.
        private(set) var count = 0
        private(set) var hasLoneSurrogate = false

        init(limit: Int) { self.limit = limit }

        /// Whether the text is UTF-8, if it is not longer than the limit.
        var isValid: Bool { !hasLoneSurrogate && String(validating: bytes, as: UTF8.self) != nil }

        fileprivate mutating func append(_ more: some Collection<UInt8>) {
            count += more.count
            bytes += more.prefix(max(0, limit - bytes.count))
        }

        fileprivate mutating func append(_ escape: JSONEscape) {
            guard let scalar = escape.scalar else {
                hasLoneSurrogate = true
                // As long as the replacement character.
                return count += 3
            }
            if bytes.count < limit { append(Array(String(scalar).utf8)) } else { count += UTF8.width(scalar) }
        }
    }
}
