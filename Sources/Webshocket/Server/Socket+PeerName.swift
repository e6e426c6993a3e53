import EventLoops

extension Socket {
    /// The peer's address without its port; `unix` for one that has none.
    var peerName: String { remoteAddress?.host ?? "unix" }
}
