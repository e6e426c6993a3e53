/// The pages that may open a WebSocket from a browser, according to their `Origin` header (RFC 6455, section 10.2).
///
/// Whole origins are compared: scheme, host and port. A request without an `Origin` is allowed, because clients other
/// than browsers do not send one. To keep such clients out, use authentication.
public enum OriginPolicy: Sendable, Hashable {
    /// Pages of the same host and port as the request. If the request uses TLS, the page must be an `https:` page.
    ///
    /// A name that an attacker has pointed at this machine is also such a host (DNS rebinding). A list of origins
    /// protects against that.
    case sameHost
    /// Pages of the listed origins, such as `"https://example.com"` or `"http://localhost:8080"`, each without a path.
    ///
    /// `"https://*.example.com"` allows all subdomains at any depth, but not the domain itself. Other schemes need no
    /// host: `"file://"`, `"app://"`, `"chrome-extension://id"`. `"null"` allows sandboxed pages and files. A server
    /// with any other entry does not start.
    case allow([String])
    /// All pages.
    case any

    /// Whether a request with this `Origin` and this `Host` is allowed.
    /// - Parameter isSecure: Whether the request is known to use TLS.
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
            // A page without TLS may have been sent by anyone on the network path.
            guard !isSecure || origin.isSecure else { return false }
            // A proxy may terminate TLS for this server, so the default port is that of the page's scheme.
            return origin.host == Origin.canonical(host.host) && port == host.port ?? standard
        }
    }

    /// The first entry of a list that cannot match any origin; nil if there is none.
    package var strayEntry: String? {
        guard case .allow(let list) = self else { return nil }
        return list.first { $0 != "null" && OriginPattern($0) == nil }
    }
}

/// An entry of a list: an origin, or all subdomains of an origin.
struct OriginPattern {
    private let origin: Origin
    private let isBelow: Bool

    /// Parses an entry; nil if the text is neither.
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

/// An origin in its normal form (RFC 6454, section 4): lower case, with an explicit default port and a canonical
/// address.
struct Origin: Equatable {
    let scheme: String
    /// The host; empty if there is none, as in `file://`.
    let host: String
    let port: Int?

    init?(_ text: some StringProtocol) {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let rest = text[colon...]
        guard rest.hasPrefix("://"), Self.isScheme(text[..<colon]) else { return nil }
        scheme = text[..<colon].lowercased()
        let defaultPort = Self.defaultPort(of: scheme)
        // Only web schemes always have a host.
        if rest.utf8.count == 3, defaultPort == nil {
            (host, port) = ("", nil)
            return
        }
        guard let authority = Authority(rest.dropFirst(3)) else { return nil }
        host = Self.canonical(authority.host)
        port = authority.port ?? defaultPort
    }

    /// Whether the text is a scheme (RFC 3986, section 3.1).
    private static func isScheme(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, first.isAlphanumeric, !first.isDigit else { return false }
        return text.utf8.allSatisfy { $0.isAlphanumeric || "+-.".utf8.contains($0) }
    }

    var defaultPort: Int? { Self.defaultPort(of: scheme) }
    var isSecure: Bool { defaultPort == 443 }

    /// Whether the host is a name. Browsers treat a host that ends in a number as an address.
    fileprivate var isNamed: Bool {
        guard !host.hasPrefix("["), let last = host.utf8.split(separator: UInt8(ascii: ".")).last else { return false }
        return !last.allSatisfy(\.isDigit)
    }

    /// Returns the canonical text of a host. An IPv6 address can be written in several ways.
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
