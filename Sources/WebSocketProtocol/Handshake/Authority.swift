/// A host and an optional port in lower case, as in `Host` and after the scheme of an origin (RFC 3986, section 3.2).
package struct Authority: Equatable, Sendable {
    /// The host. An IPv6 address has its brackets.
    package let host: String
    package let port: Int?

    /// Parses an authority; nil if the text is not an authority, or contains a user name.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        var end = bytes.endIndex
        if let colon = bytes.lastIndex(of: UInt8(ascii: ":")), bytes.last != UInt8(ascii: "]") {
            let digits = bytes[(colon + 1)...]
            guard digits.count <= 5, digits.allSatisfy(\.isDigit) else { return nil }
            let number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
            guard number <= 65_535 else { return nil }
            // "host:" is equivalent to "host".
            port = digits.isEmpty ? nil : number
            end = colon
        } else {
            port = nil
        }
        let name = bytes[..<end]
        guard Self.isName(name) || Self.isAddressInBrackets(name) else { return nil }
        host = HeadReader.text(ArraySlice(name.map(\.asciiLowercased)))
    }

    /// Whether the bytes are a name or an IPv4 address: unreserved characters, escapes, and sub-delimiters except the
    /// comma, which would separate two hosts.
    private static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
        !bytes.isEmpty
            && bytes.allSatisfy { $0.isAlphanumeric || "-._~%!$&'()*+;=".utf8.contains($0) }
    }

    private static func isAddressInBrackets(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.count > 2, bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]") else { return false }
        return bytes.dropFirst().dropLast().allSatisfy { $0.hexadecimalDigit != nil || ":.".utf8.contains($0) }
    }
}
