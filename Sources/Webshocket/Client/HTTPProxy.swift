import EventLoops

/// A proxy as a URL names it: `http://user:password@host:port`, where all but the host may be left out.
///
/// No text that is made of it holds the password.
package struct HTTPProxy: Sendable, Hashable, CustomStringConvertible {
    package let host: String
    package let port: UInt16
    package let credentials: BasicCredentials?

    /// - Parameter origin: where the text comes from, for the error; the text itself is not repeated.
    package init(_ text: String, from origin: String) throws(ClientError) {
        var rest = text[...]
        if let scheme = text.firstRange(of: "://") {
            guard text[..<scheme.lowerBound].lowercased() == "http" else {
                throw Self.error(origin, "its scheme is not http")
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
        guard let authority = Authority(rest) else { throw Self.error(origin, "it has no host") }
        host = authority.host.hasPrefix("[") ? String(authority.host.dropFirst().dropLast()) : authority.host
        guard let port = UInt16(exactly: authority.port ?? 80), port > 0 else {
            throw Self.error(origin, "its port is not in 1...65535")
        }
        self.port = port
    }

    package var description: String { "\(Endpoint.tcp(host: host, port: port))" }

    private static func credentials(_ text: Substring, _ origin: String) throws(ClientError) -> BasicCredentials {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let user = parts.first?.percentDecoded, let password = (parts.count > 1 ? parts[1] : "").percentDecoded,
            let credentials = BasicCredentials(user: user, password: password)
        else { throw error(origin, "its user or its password is malformed") }
        return credentials
    }

    private static func error(_ origin: String, _ fault: String) -> ClientError {
        ClientError(.invalidConfiguration, "the proxy of \(origin): \(fault)")
    }
}

extension ClientConfiguration.Proxy: CustomReflectable {
    /// Without children: the URL of a proxy may hold a password.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Substring {
    /// The bytes that it stands for (RFC 3986, section 2.1); nil for a `%` without two digits behind it.
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
