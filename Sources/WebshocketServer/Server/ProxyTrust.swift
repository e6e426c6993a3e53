/// The parsed form of ``TrustedProxies``, created once at start. Decides which peers are trusted to report a client's
/// address.
package struct ProxyTrust: Sendable {
    package let convention: TrustedProxies.AddressSource
    private var networks: [IPNetwork] = []
    private var trustsUnix = false

    /// - Throws: ``ServerError`` that names the first invalid entry.
    package init(_ proxies: TrustedProxies) throws(ServerError) {
        convention = proxies.addressSource
        for text in proxies.networks {
            if text == Self.unix {
                trustsUnix = true
            } else if let network = IPNetwork(text) {
                networks.append(network)
            } else {
                throw ServerError(
                    code: .invalidConfiguration,
                    message: "trustedProxies: invalid entry '\(text)': expected an address, a network or unix"
                        .escapingControlCharacters)
            }
        }
    }

    /// The headers in which trusted proxies report clients; nil if they use the PROXY protocol.
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

    /// Returns the client that a trusted proxy reports in a PROXY header.
    package func identity(of peer: String, _ header: ProxyHeader) -> PeerIdentity {
        switch header {
        case .client(let address): PeerIdentity(address: address.description, proxyAddress: peer)
        case .unixClient: PeerIdentity(address: Self.unix, proxyAddress: peer)
        case .nobody: PeerIdentity(address: peer)
        }
    }

    /// Returns the client that a trusted proxy reports in its headers: the last address that is not a trusted proxy.
    /// Earlier addresses may be forged and are ignored. If a proxy hides its client, the proxy's own address is
    /// returned.
    ///
    /// Returns nil if an entry that must be evaluated is malformed, which only a trusted proxy can cause.
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
