import EventLoops

extension Transport {
    /// The peer's address without the port; `unix` for a peer without an IP address.
    var peerName: String { remoteAddress?.host ?? "unix" }
}
