/// Percent-encoding of URLs (RFC 3986, section 2.1).
package enum PercentEncoding {
    /// Decodes a text.
    /// - Parameter isForm: Whether `+` means a space, as in forms.
    /// - Returns: The decoded text, or nil if a `%` is not followed by two hexadecimal digits. Nil also if the result
    ///   is not UTF-8, or has a run that is too long (see ``PeerText``).
    package static func decode(_ text: some StringProtocol, isForm: Bool = false) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.next()?.hexadecimalDigit, let low = rest.next()?.hexadecimalDigit else {
                    return nil
                }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where isForm: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        return PeerText.hasShortRuns(bytes[...]) ? String(validating: bytes, as: UTF8.self) : nil
    }

    /// Whether a text has no run that is too long after decoding.
    ///
    /// The result also holds for the parts of the text, because it is split at ASCII delimiters, which end a run.
    package static func decodesToShortRuns(_ text: String) -> Bool {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return true }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%"), let high = rest.first?.hexadecimalDigit,
                let low = rest.dropFirst().first?.hexadecimalDigit
            else {
                bytes.append(byte)
                continue
            }
            bytes.append(high << 4 | low)
            rest = rest.dropFirst(2)
        }
        return PeerText.hasShortRuns(bytes[...])
    }

    /// Returns the decoded segments of a path. A segment that cannot be decoded is returned unchanged. The first
    /// segment is the part before the first slash.
    package static func segments(of path: String) -> [String] {
        path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { segment in
            decode(Substring(segment)) ?? String(Substring(segment))
        }
    }

    /// Whether the text encodes a character that never needs encoding (RFC 3986, section 2.3).
    package static func hidesUnreserved(_ text: String) -> Bool {
        text.utf8.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false).dropFirst().contains { part in
            guard let high = part.first?.hexadecimalDigit, let low = part.dropFirst().first?.hexadecimalDigit else {
                return false
            }
            let byte = high << 4 | low
            return byte.isAlphanumeric || "-._~".utf8.contains(byte)
        }
    }

    /// Encodes all bytes of a path except slashes and unreserved characters (RFC 3986, section 2.3).
    package static func encode(path: String) -> String {
        encode(path) { $0.isAlphanumeric || "-._~/".utf8.contains($0) }
    }

    /// Encodes the characters that are not allowed in a URL: blanks, control characters, quotes, some brackets, and
    /// everything that is not ASCII. Existing escapes are unchanged.
    package static func encodingUnprintable(_ url: String) -> String {
        encode(url) { $0 > 0x20 && $0 < 0x7F && !"\"<>\\^`{|}".utf8.contains($0) }
    }

    private static func encode(_ text: String, unless isAllowed: (UInt8) -> Bool) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        let bytes = text.utf8.flatMap { byte in
            isAllowed(byte) ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
        }
        return HeadReader.text(bytes[...])
    }
}
