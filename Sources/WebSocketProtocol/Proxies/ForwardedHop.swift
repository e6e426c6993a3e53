/// The information that one proxy gives about the peer that connected to it.
package struct ForwardedHop: Sendable, Equatable {
    package enum Node: Sendable, Equatable {
        case address(IPAddress)
        /// The proxy does not know or does not disclose the address: `unknown`, or an obfuscated name (RFC 7239,
        /// section 6).
        case hidden
        /// Any other text.
        case malformed
    }

    package var node: Node
    /// `http` or `https`; nil if it is missing or has another value.
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
            // A port may be obfuscated too.
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
