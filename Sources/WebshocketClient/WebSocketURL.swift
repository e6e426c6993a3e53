import EventLoops

/// The server's address, parsed from a URL (RFC 6455, section 3).
struct WebSocketURL: Sendable, Hashable {
    let endpoint: Endpoint
    /// Whether the connection uses TLS.
    let isSecure: Bool
    /// The value of the `Host` header.
    let authority: String
    /// The path and the query, as in the request line.
    let target: String

    /// Parses `ws://host[:port][/path][?query]` or the same with `wss:`, or
    /// `ws+unix:///path/to/socket[:/path[?query]]`. An IPv6 address is enclosed in brackets. The socket's path is
    /// percent-encoded, and may begin with `./` or `../`.
    init(_ text: String) throws(ClientError) {
        guard let scheme = text.firstRange(of: "://") else { throw .invalidURL(text, "the scheme is missing") }
        let rest = text[scheme.upperBound...]
        guard !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }), !text.contains("#") else {
            throw .invalidURL(text, "spaces, control characters and fragments are not allowed")
        }
        switch text[..<scheme.lowerBound].lowercased() {
        case "ws": try self.init(tcp: rest, text, isSecure: false)
        case "wss": try self.init(tcp: rest, text, isSecure: true)
        case UnixSocketURL.scheme: try self.init(unix: rest, text)
        default: throw .invalidURL(text, "the scheme must be ws, wss or ws+unix")
        }
    }

    private init(tcp rest: Substring, _ text: String, isSecure: Bool) throws(ClientError) {
        self.isSecure = isSecure
        let usualPort: UInt16 = isSecure ? 443 : 80
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = String(rest[..<end])
        let path = rest[end...]
        target = path.hasPrefix("/") ? String(path) : "/" + path
        guard !authority.contains("@") else { throw .invalidURL(text, "user names are not allowed; use a header") }
        let (host, port) = try Self.split(authority, text, usualPort)
        guard !host.isEmpty else { throw .invalidURL(text, "the host is missing") }
        endpoint = .tcp(host: String(host), port: port)
        // The text after the last colon is the port, because it was parsed.
        let colon = authority.lastIndex(of: ":")
        self.authority =
            port == usualPort && !authority.hasSuffix("]")
            ? String(authority[..<(colon ?? authority.endIndex)]) : authority
    }

    private init(unix rest: Substring, _ text: String) throws(ClientError) {
        let parts = rest.split(separator: ":", maxSplits: 1)
        guard let path = parts.first.flatMap(UnixSocketURL.path) else {
            throw .invalidURL(text, "the socket path must begin with '/', './' or '../' and be percent-encoded")
        }
        let target = parts.count > 1 ? String(parts[1]) : "/"
        guard target.hasPrefix("/") else { throw .invalidURL(text, "the path after ':' must begin with '/'") }
        endpoint = .unix(path: path)
        isSecure = false
        authority = "localhost"
        self.target = target
    }

    private static func split(
        _ authority: String, _ text: String, _ usualPort: UInt16
    ) throws(ClientError) -> (Substring, UInt16) {
        var host = authority[...]
        var portText: Substring?
        if host.hasPrefix("[") {
            guard let close = host.firstIndex(of: "]") else { throw .invalidURL(text, "']' is missing after '['") }
            let behind = host[host.index(after: close)...]
            guard behind.isEmpty || behind.hasPrefix(":") else { throw .invalidURL(text, "the port must be a number") }
            portText = behind.isEmpty ? nil : behind.dropFirst()
            host = host[host.index(after: host.startIndex)..<close]
        } else if let colon = host.firstIndex(of: ":") {
            portText = host[host.index(after: colon)...]
            host = host[..<colon]
        }
        guard let portText else { return (host, usualPort) }
        guard portText.allSatisfy(\.isNumber), let port = UInt16(portText), port > 0 else {
            throw .invalidURL(text, "the port must be in 1...65535")
        }
        return (host, port)
    }
}

extension ClientError {
    fileprivate static func invalidURL(_ text: String, _ fault: String) -> ClientError {
        ClientError(.invalidURL, "'\(text.withoutSecrets.escapingControlCharacters)': \(fault)")
    }
}

extension String {
    /// The URL for error messages and logs, without the user, the password, the query and the fragment. The URL may be
    /// malformed.
    var withoutSecrets: String {
        let name = firstIndex { !($0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0))) } ?? endIndex
        let scheme = self[name...].hasPrefix("://") ? self[..<index(name, offsetBy: 3)] : self[..<startIndex]
        let rest = self[scheme.endIndex...]
        let end = rest.firstIndex { $0 == "?" || $0 == "#" } ?? rest.endIndex
        let hidden = "…"
        if let at = rest[..<end].lastIndex(of: "@") {
            return scheme + hidden + rest[at..<end] + (end < rest.endIndex ? hidden : "")
        }
        // An `@` after a question mark may belong to a user name that contains the question mark.
        guard !rest.contains("@") else { return scheme + hidden }
        return scheme + rest[..<end] + (end < rest.endIndex ? "\(rest[end])\(hidden)" : "")
    }
}
