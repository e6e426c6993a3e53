/// What one proxy says of whoever connected to it.
package struct ForwardedHop: Sendable, Equatable {
    package enum Node: Sendable, Equatable {
        case address(IPAddress)
        /// A proxy that does not know, or does not say: `unknown`, or a made-up name (RFC 7239, section 6).
        case hidden
        /// What is none of these.
        case malformed
    }

    package var node: Node
    /// `http` or `https`; nil where it is not said, or is something else.
    package var scheme: String?

    package init(_ node: Node, scheme: String? = nil) {
        self.node = node
        self.scheme = scheme
    }
}

extension ForwardedHop.Node {
    /// Reads an address with or without a port, IPv6 with or without brackets.
    init(_ text: some StringProtocol) {
        if text.isEqualIgnoringCase(to: "unknown") || text.first == "_" {
            self = .hidden
        } else {
            self = Self.address(text).map { .address($0) } ?? .malformed
        }
    }

    private static func address(_ text: some StringProtocol) -> IPAddress? {
        if let address = IPAddress(text) { return address }
        var host = Substring(text)
        if let end = host.lastIndex(of: ":"), !host.hasSuffix("]") {
            // A port may be made up too.
            let port = host[host.index(after: end)...]
            guard port.first == "_" || Array(port.utf8.prefix(6))[...].smallDecimal.map({ $0 <= 65_535 }) == true else {
                return nil
            }
            host = host[..<end]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { return IPAddress(host.dropFirst().dropLast()) }
        return host.contains(":") ? nil : IPAddress(host)
    }
}
