import EventLoops

/// A proxy given by a URL: `http://user:password@host:port`, where everything except the host is optional.
///
/// Its description and its errors do not contain the password.
package struct HTTPProxy: Sendable, Hashable, CustomStringConvertible {
    package let host: String
    package let port: UInt16
    package let credentials: BasicCredentials?

    /// Parses a proxy's URL.
    /// - Parameters:
    ///   - text: The URL; the scheme may be missing.
    ///   - origin: The source of the text, for error messages. The text itself does not appear in them.
    /// - Throws: ``ClientError`` if the URL is not valid.
    package init(_ text: String, from origin: String) throws(ClientError) {
        var rest = text[...]
        if let scheme = text.firstRange(of: "://") {
            guard text[..<scheme.lowerBound].lowercased() == "http" else {
                throw Self.error(origin, "the scheme must be http")
            }
            rest = text[scheme.upperBound...]
        }
        if let end = rest.firstIndex(where: { $0 == "/" || $0 == "?" || $0 == "#" }) { rest = rest[..<end] }
        if let at = rest.lastIndex(of: "@") {
            credentials = try Self.credentials(rest[..<at], origin)
            rest = rest[rest.index(after: at)...]
        } else {
            credentials = nil
        }
        guard let authority = Authority(rest) else { throw Self.error(origin, "the host is missing") }
        host = authority.host.hasPrefix("[") ? String(authority.host.dropFirst().dropLast()) : authority.host
        guard let port = UInt16(exactly: authority.port ?? 80), port > 0 else {
            throw Self.error(origin, "the port must be in 1...65535")
        }
        self.port = port
    }

    package var description: String { "\(Endpoint.tcp(host: host, port: port))" }

    private static func credentials(_ text: Substring, _ origin: String) throws(ClientError) -> BasicCredentials {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let user = parts.first?.percentDecoded, let password = (parts.count > 1 ? parts[1] : "").percentDecoded,
            let credentials = BasicCredentials(user: user, password: password)
        else { throw error(origin, "the user name or the password is malformed") }
        return credentials
    }

    private static func error(_ origin: String, _ fault: String) -> ClientError {
        ClientError(.invalidConfiguration, "invalid proxy in \(origin): \(fault)")
    }
}

extension ClientConfiguration.Proxy: CustomReflectable {
    /// A mirror without children, because the URL of a proxy may contain a password.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Substring {
    /// The percent-decoded bytes (RFC 3986, section 2.1); nil if a `%` is not followed by two hexadecimal digits.
    fileprivate var percentDecoded: [UInt8]? {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
            guard digits.count == 2 else { return nil }
            rest = rest.dropFirst(2)
            bytes.append(UInt8(digits[0] << 4 | digits[1]))
        }
        return bytes
    }
}
