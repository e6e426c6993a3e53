/// The headers with which proxies describe their clients. Only the headers of a trusted proxy may be read.
package enum ForwardingHeaders: Sendable {
    /// `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Forwarded-Host`.
    case forwardedFor
    /// `Forwarded` (RFC 7239).
    case forwarded

    /// Returns the hop that each proxy reports, the first proxy's hop first; nil if the headers are malformed. Lines
    /// with the same name form one list.
    package func hops(in headers: HTTPHeaders) -> [ForwardedHop]? {
        switch self {
        case .forwardedFor:
            // A scheme cannot be matched to the proxy that sent it, so the last scheme is used.
            let scheme = headers.values(of: "X-Forwarded-Proto").flatMap(\.listElements).last.flatMap(Self.scheme)
            return headers.values(of: "X-Forwarded-For").flatMap(\.listElements)
                .map { ForwardedHop(ForwardedHop.Node($0), scheme: scheme) }
        case .forwarded:
            return ForwardedElement.parse(headers.values(of: "Forwarded"))?
                .map { ForwardedHop($0.node.map { .init($0) } ?? .hidden, scheme: $0.scheme.flatMap(Self.scheme)) }
        }
    }

    /// Returns the host that the client requested, if a proxy reports it. The first report is used, because it is from
    /// the proxy next to the client.
    func host(in headers: HTTPHeaders) -> Authority? {
        switch self {
        case .forwardedFor:
            headers.values(of: "X-Forwarded-Host").flatMap(\.listElements).first.flatMap { Authority($0) }
        case .forwarded:
            ForwardedElement.parse(headers.values(of: "Forwarded"))?.lazy.compactMap(\.host).first
                .flatMap { Authority($0) }
        }
    }

    /// Whether a proxy reports that the client connected to it over TLS.
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
