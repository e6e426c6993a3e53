/// The headers in which proxies tell of their clients; meant for those of a proxy that is trusted, and nobody else's.
package enum ForwardingHeaders: Sendable {
    /// `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Forwarded-Host`.
    case forwardedFor
    /// `Forwarded` (RFC 7239).
    case forwarded

    /// What each proxy says, the first one's first; nil where the headers cannot be taken apart. Lines of one name are
    /// one list.
    package func hops(in headers: HTTPHeaders) -> [ForwardedHop]? {
        switch self {
        case .forwardedFor:
            // Of one scheme nobody can tell which proxy said it; it is the last one's word that counts.
            let scheme = headers.values(of: "X-Forwarded-Proto").flatMap(\.listElements).last.flatMap(Self.scheme)
            return headers.values(of: "X-Forwarded-For").flatMap(\.listElements)
                .map { ForwardedHop(ForwardedHop.Node($0), scheme: scheme) }
        case .forwarded:
            return ForwardedElement.parse(headers.values(of: "Forwarded"))?
                .map { ForwardedHop($0.node.map { .init($0) } ?? .hidden, scheme: $0.scheme.flatMap(Self.scheme)) }
        }
    }

    /// The host that the client asked for, where a proxy says so: the first one, for it is the client's own neighbour.
    func host(in headers: HTTPHeaders) -> Authority? {
        switch self {
        case .forwardedFor:
            headers.values(of: "X-Forwarded-Host").flatMap(\.listElements).first.flatMap { Authority($0) }
        case .forwarded:
            ForwardedElement.parse(headers.values(of: "Forwarded"))?.lazy.compactMap(\.host).first
                .flatMap { Authority($0) }
        }
    }

    /// Whether a proxy says that the client has come to it over TLS.
    func isSecure(in headers: HTTPHeaders) -> Bool {
        let schemes =
            switch self {
            case .forwardedFor: headers.values(of: "X-Forwarded-Proto").flatMap(\.listElements)
            case .forwarded: ForwardedElement.parse(headers.values(of: "Forwarded"))?.compactMap(\.scheme) ?? []
            }
        return schemes.contains { Self.scheme($0) == "https" }
    }

    private static func scheme(_ text: String) -> String? {
        switch text.lowercased() {
        case "http", "ws": "http"
        case "https", "wss": "https"
        default: nil
        }
    }
}
