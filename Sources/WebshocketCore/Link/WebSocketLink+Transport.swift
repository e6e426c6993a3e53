import EventLoops

// The properties and operations of the transport that the owner of a link needs.
extension WebSocketLink {
    /// The number of unsent bytes up to which ``hasRoom`` is true.
    package var room: Int { transport.lowWatermark }

    /// The number of bytes that the system has not accepted yet.
    package var queuedBytes: Int { transport.queuedBytes }

    /// The number of bytes that were sent since the beginning, and that the system has accepted; also after the close.
    package var bytesTaken: Int { transport.bytesTaken }

    /// The number of bytes that were sent since the beginning. The system has accepted them all when ``bytesTaken`` has
    /// reached this number. Invalid after the transport has closed.
    package var bytesGiven: Int { transport.bytesGiven }

    /// Whether the transport has closed. Then everything that is sent is lost.
    package var isClosed: Bool { transport.isClosed }

    /// The loop that the link is confined to.
    package var loop: EventLoop { transport.loop }

    /// Starts to receive from the transport. The handshake must have ended.
    package func begin() { transport.delegate = self }

    /// Gives the system as many of the queued bytes as it accepts now.
    package func flushNow() { transport.flushNow() }
}
