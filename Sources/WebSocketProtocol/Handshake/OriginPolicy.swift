/// Which pages may open a WebSocket from a browser, judged by the `Origin` header (RFC 6455, section 10.2).
///
/// Whole origins are compared: scheme, host and port. A request without an `Origin`, as clients other than browsers
/// send it, is allowed; whoever must be kept out needs authentication.
public enum OriginPolicy: Sendable, Hashable {
    /// Pages of the host and port that the request itself names.
    case sameHost
    /// Pages of the listed origins, such as `"https://example.com"` or `"http://localhost:8080"`. An entry that is no
    /// origin matches nothing; `"null"` allows sandboxed pages and files.
    case allow([String])
    /// Any page at all.
    case any

    /// Whether a request with this `Origin` may go on, when its `Host` is `host`.
    func admits(origin: String?, host: Authority) -> Bool {
        guard let origin else { return true }
        switch self {
        case .any:
            return true
        case .allow(let list):
            if origin == "null" { return list.contains("null") }
            guard let origin = Origin(origin) else { return false }
            return list.contains { Origin($0) == origin }
        case .sameHost:
            guard let origin = Origin(origin), let port = origin.port, origin.isWeb else { return false }
            // What stands before this server may speak TLS for it: the default port is the one of the page's scheme.
            return origin.host == host.host && port == host.port ?? origin.defaultPort
        }
    }
}

/// An origin in its normal form (RFC 6454, section 4): lower case, the default port spelled out.
private struct Origin: Equatable {
    let scheme: String
    let host: String
    let port: Int?

    init?(_ text: String) {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let rest = text[colon...]
        guard rest.hasPrefix("://"), text[..<colon].isToken, let authority = Authority(rest.dropFirst(3)) else {
            return nil
        }
        scheme = text[..<colon].lowercased()
        host = authority.host
        port = authority.port ?? Self.defaultPort(of: scheme)
    }

    var defaultPort: Int? { Self.defaultPort(of: scheme) }
    var isWeb: Bool { defaultPort != nil }

    private static func defaultPort(of scheme: String) -> Int? {
        switch scheme {
        case "http", "ws": 80
        case "https", "wss": 443
        default: nil
        }
    }
}
