/// The receiver of a transport's events. All methods are called on the transport's loop.
package protocol TransportDelegate: AnyObject {
    /// Called when bytes were received.
    /// - Parameters:
    ///   - transport: The transport.
    ///   - bytes: A buffer that transports share. The delegate may change it in place, for example to
    ///     unmask a frame, but must not use it after the call returns.
    func transport(_ transport: Transport, didRead bytes: UnsafeMutableRawBufferPointer)

    /// Called when the TLS handshake is complete. Never called for a transport without TLS.
    func transportDidSecure(_ transport: Transport)

    /// Called when ``Transport/queuedBytes`` has fallen from above the high-water mark to at most the low-water mark.
    func transportDidDrain(_ transport: Transport)

    /// Called when the peer has closed its sending side while reading is paused.
    ///
    /// There may be bytes that it sent before and that were not read yet. Called at most once, with a delay of about a
    /// second.
    func transportPeerDidEnd(_ transport: Transport)

    /// Called when the peer has closed its sending side, and all its bytes were read.
    ///
    /// Queued bytes can still be written. The transport stays open until this side closes it.
    func transportDidReachEnd(_ transport: Transport)

    /// Called when the transport has closed: exactly once, and after all other events.
    ///
    /// Never called from inside a call into the transport.
    /// - Parameters:
    ///   - transport: The transport.
    ///   - error: The cause of the close; nil if this side closed it without an error.
    func transportDidClose(_ transport: Transport, error: SocketError?)
}

extension TransportDelegate {
    package func transportDidSecure(_ transport: Transport) {}
}
