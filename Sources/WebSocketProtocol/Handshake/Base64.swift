import COpenSSL

/// Base64 encoding (RFC 4648, section 4).
enum Base64 {
    static func text(of bytes: [UInt8]) -> String {
        // EVP_EncodeBlock terminates its text with a NUL.
        var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
        EVP_EncodeBlock(&text, bytes, Int32(truncatingIfNeeded: bytes.count))
        return HeadReader.text(text.dropLast())
    }
}
