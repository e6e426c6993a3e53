import COpenSSL

/// The proof that a server has read a client's handshake (RFC 6455, section 1.3).
enum AcceptKey {
    /// Returns the value of `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key`.
    static func answer(to key: String) -> String {
        let source = Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)
        var digest = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
        _ = SHA1(source, source.count, &digest)
        return Base64.text(of: digest)
    }

    /// Creates a new key: 16 random bytes in base64.
    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        return Base64.text(of: (0..<16).map { _ in UInt8.random(in: 0 ... .max, using: &generator) })
    }

    /// Whether the text is 16 bytes in base64: 22 characters of the alphabet and two of padding.
    static func isValid(_ key: String) -> Bool {
        let bytes = Array(key.utf8)
        guard bytes.count == 24, bytes[22] == UInt8(ascii: "="), bytes[23] == UInt8(ascii: "=") else { return false }
        return bytes[..<22].allSatisfy { $0.isAlphanumeric || "+/".utf8.contains($0) }
    }
}
