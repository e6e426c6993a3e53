/// Which pages may open a WebSocket from a browser, judged by the `Origin` header (RFC 6455, section 10.2).
///
/// Whole origins are compared: scheme, host and port. A request without an `Origin`, as clients other than browsers
/// send it, is allowed; whoever must be kept out needs authentication.
public enum OriginPolicy: Sendable, Hashable {
    /// Pages of the host and port that the request itself names, and of `https:` where the request came over TLS. A
    /// name that someone else has made to mean this machine is such a host too (DNS rebinding); a list keeps its pages
    /// out.
    case sameHost
    /// Pages of the listed origins, such as `"https://example.com"` or `"http://localhost:8080"`, each without a path.
    /// `"https://*.example.com"` stands for all hosts below that one, at any depth, and not for itself. Other schemes need
    /// no host: `"file://"`, `"app://"`, `"chrome-extension://id"`. `"null"` allows sandboxed pages and files. A server does
    /// not start with any other entry.
    case allow([String])
    /// Any page at all.
    case any

    /// Whether a request with this `Origin` may go on, when its `Host` is `host`.
    /// - Parameter isSecure: whether it is known to have come over TLS.
    func admits(origin: String?, host: Authority, isSecure: Bool = false) -> Bool {
        guard let origin else { return true }
        switch self {
        case .any:
            return true
        case .allow(let list):
            if origin == "null" { return list.contains("null") }
            guard let origin = Origin(origin) else { return false }
            return list.contains { OriginPattern($0)?.matches(origin) ?? false }
        case .sameHost:
            guard let origin = Origin(origin), let port = origin.port, let standard = origin.defaultPort else {
                return false
            }
            // A page that came in plain may be anyone's who stands in between.
            guard !isSecure || origin.isSecure else { return false }
            // What stands before this server may speak TLS for it: the default port is the one of the page's scheme.
            return origin.host == Origin.canonical(host.host) && port == host.port ?? standard
        }
    }

    /// The first entry of a list that would match nothing; nil for none.
    package var strayEntry: String? {
        guard case .allow(let list) = self else { return nil }
        return list.first { $0 != "null" && OriginPattern($0) == nil }
    }
}

/// One entry of a list: an origin, or all below one.
struct OriginPattern {
    private let origin: Origin
    private let isBelow: Bool

    /// Nil where it is neither.
    init?(_ text: String) {
        let wildcard = "://*."
        guard let start = text.firstRange(of: wildcard) else {
            guard let origin = Origin(text), !origin.host.utf8.contains(UInt8(ascii: "*")) else { return nil }
            (self.origin, isBelow) = (origin, false)
            return
        }
        guard let origin = Origin(text[..<start.lowerBound] + "://" + text[start.upperBound...]), origin.isNamed,
            !origin.host.utf8.contains(UInt8(ascii: "*"))
        else { return nil }
        (self.origin, isBelow) = (origin, true)
    }

    func matches(_ other: Origin) -> Bool {
        guard isBelow else { return origin == other }
        guard origin.scheme == other.scheme, origin.port == other.port, other.host.hasSuffix("." + origin.host) else {
            return false
        }
        let labels = other.host.utf8.dropLast(origin.host.utf8.count + 1)
            .split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return labels.allSatisfy { !$0.isEmpty }
    }
}

/// An origin in its normal form (RFC 6454, section 4): lower case, the default port spelled out, an address as it is
/// written.
struct Origin: Equatable {
    let scheme: String
    /// Empty if there is none, as in `file://`.
    let host: String
    let port: Int?

    init?(_ text: some StringProtocol) {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let rest = text[colon...]
        guard rest.hasPrefix("://"), Self.isScheme(text[..<colon]) else { return nil }
        scheme = text[..<colon].lowercased()
        let defaultPort = Self.defaultPort(of: scheme)
        // Only the schemes of the web always have a host.
        if rest.utf8.count == 3, defaultPort == nil {
            (host, port) = ("", nil)
            return
        }
        guard let authority = Authority(rest.dropFirst(3)) else { return nil }
        host = Self.canonical(authority.host)
        port = authority.port ?? defaultPort
    }

    /// RFC 3986, section 3.1.
    private static func isScheme(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, first.isAlphanumeric, !first.isDigit else { return false }
        return text.utf8.allSatisfy { $0.isAlphanumeric || "+-.".utf8.contains($0) }
    }

    var defaultPort: Int? { Self.defaultPort(of: scheme) }
    var isSecure: Bool { defaultPort == 443 }

    /// Whether its host is no address: browsers take one that ends in a number for that.
    fileprivate var isNamed: Bool {
        guard !host.hasPrefix("["), let last = host.utf8.split(separator: UInt8(ascii: ".")).last else { return false }
        return !last.allSatisfy(\.isDigit)
    }

    /// An IPv6 address has more than one text.
    static func canonical(_ host: String) -> String {
        guard host.hasPrefix("["), host.hasSuffix("]"), let address = IPAddress(host.dropFirst().dropLast()),
            !address.isIPv4
        else { return host }
        return "[\(address)]"
    }

    private static func defaultPort(of scheme: String) -> Int? {
        switch scheme {
        case "http", "ws": 80
        case "https", "wss": 443
        default: nil
        }
    }
}
