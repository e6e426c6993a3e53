/// The identity of a peer: the connected client, or the client that a trusted proxy reports.
package struct PeerIdentity: Sendable, Hashable {
    /// The address without the port; `unix` for a peer on a Unix-domain socket.
    package let address: String
    /// The address of the proxy that reported ``address``; nil if none did.
    package let proxyAddress: String?
    /// The scheme between client and proxy, `http` or `https`; nil if not reported.
    package let scheme: String?

    package init(address: String, proxyAddress: String? = nil, scheme: String? = nil) {
        self.address = address
        self.proxyAddress = proxyAddress
        self.scheme = scheme
    }
}
