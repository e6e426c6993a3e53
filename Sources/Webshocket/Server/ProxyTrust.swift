/// Decides whom to believe (``TrustedProxies``), read once at start.
package struct ProxyTrust: Sendable {
    package let convention: TrustedProxies.Convention
    private var networks: [IPNetwork] = []
    private var trustsUnix = false

    /// - Throws: ``StartupError`` that names the entry that is no network.
    package init(_ proxies: TrustedProxies) throws(StartupError) {
        convention = proxies.speaking
        for text in proxies.networks {
            if text == Self.unix {
                trustsUnix = true
            } else if let network = IPNetwork(text) {
                networks.append(network)
            } else {
                throw StartupError(
                    code: .badConfiguration,
                    message: "trustedProxies: '\(text)' is no address, no network and not unix"
                        .escapingControlCharacters)
            }
        }
    }

    /// What the headers of a trusted proxy are read as; nil where it speaks in front of them.
    package var headers: ForwardingHeaders? {
        switch convention {
        case .forwardedFor: .forwardedFor
        case .forwarded: .forwarded
        case .proxyProtocol: nil
        }
    }

    package func trusts(_ peer: String) -> Bool {
        if peer == Self.unix { return trustsUnix }
        return IPAddress(peer).map(trusts) ?? false
    }

    private static let unix = "unix"

    private func trusts(_ address: IPAddress) -> Bool {
        networks.contains { $0.contains(address) }
    }

    /// Whom a trusted proxy's PROXY header speaks for.
    package func identity(of peer: String, _ header: ProxyHeader) -> PeerIdentity {
        switch header {
        case .client(let address): PeerIdentity(address: address.description, proxyAddress: peer)
        case .unixClient: PeerIdentity(address: Self.unix, proxyAddress: peer)
        case .nobody: PeerIdentity(address: peer)
        }
    }

    /// Whom a trusted proxy's headers speak for: from the last address back, the first one that is not trusted itself;
    /// what stands before that may be forged. Where a proxy hides its client, the proxy stands for it.
    ///
    /// Nil where what would count is malformed, which no client can bring about that is not trusted.
    package func identity(of peer: String, _ hops: [ForwardedHop]) -> PeerIdentity? {
        var identity = PeerIdentity(address: peer)
        for hop in hops.reversed() {
            switch hop.node {
            case .malformed: return nil
            case .hidden: return identity
            case .address(let address):
                identity = PeerIdentity(address: address.description, proxyAddress: peer, scheme: hop.scheme)
                guard trusts(address) else { return identity }
            }
        }
        return identity
    }
}
