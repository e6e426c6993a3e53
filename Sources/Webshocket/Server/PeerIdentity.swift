/// Who a peer is: itself, or whom a trusted proxy says that it speaks for.
package struct PeerIdentity: Sendable, Hashable {
    /// Without the port; `unix` for a peer of a Unix-domain socket.
    package let address: String
    /// Of the proxy that has told the address; nil where nobody has.
    package let proxyAddress: String?
    /// `http` or `https`, as the client spoke it with the proxy; nil where nobody says.
    package let scheme: String?

    package init(address: String, proxyAddress: String? = nil, scheme: String? = nil) {
        self.address = address
        self.proxyAddress = proxyAddress
        self.scheme = scheme
    }
}
