import COpenSSL

/// Entity tags, which identify a version of a body, so that clients can check whether their copy is current (RFC 9110,
/// 8.8.3).
package enum EntityTag {
    /// Returns a strong tag of a body: half of its SHA-256.
    /// - Complexity: O(*n*) in the size of the body.
    package static func strong(of body: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        _ = SHA256(body, body.count, &digest)
        let digits = Array("0123456789abcdef".utf8)
        let text = digest.prefix(16).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }
        return "\"\(HeadReader.text(text[...]))\""
    }

    /// Whether `If-None-Match` lists a tag, by weak comparison (RFC 9110, 13.1.2). If it does, the client already has
    /// the body.
    ///
    /// Reading stops at a syntax error in the list. At worst, the body is then sent unnecessarily.
    package static func isListed(_ tag: String, in headers: HTTPHeaders) -> Bool {
        let lines = headers.values(of: "If-None-Match")
        if lines == ["*"] { return true }
        let opaque = Array(tag.utf8).withoutWeakMark
        return lines.contains { line in
            var rest = Array(line.utf8)[...]
            while let listed = next(in: &rest) {
                if listed.elementsEqual(opaque) { return true }
            }
            return false
        }
    }

    /// Reads the next tag of a list, with its quotes; nil at the end, or at a syntax error.
    private static func next(in rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        rest = rest.drop { $0.isBlank || $0 == UInt8(ascii: ",") }.withoutWeakMark
        guard rest.first == UInt8(ascii: "\""),
            let end = rest.dropFirst().firstIndex(of: UInt8(ascii: "\""))
        else { return nil }
        defer { rest = rest[(end + 1)...] }
        return rest[...end]
    }
}

extension RandomAccessCollection<UInt8> {
    fileprivate var withoutWeakMark: SubSequence { starts(with: "W/".utf8) ? dropFirst(2) : self[...] }
}
