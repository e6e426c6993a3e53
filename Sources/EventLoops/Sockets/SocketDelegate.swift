/// The receiver of a socket's events. All methods are called on the socket's loop.
package protocol SocketDelegate: AnyObject {
    /// Called when bytes were received.
    /// - Parameters:
    ///   - socket: The socket.
    ///   - bytes: The loop's read buffer, which all sockets share. The delegate may change it in place, for example to
    ///     unmask a frame, but must not use it after the call returns.
    func socket(_ socket: Socket, didRead bytes: UnsafeMutableRawBufferPointer)

    /// Called when the TLS handshake is complete. Never called for a socket without TLS.
    func socketDidSecure(_ socket: Socket)

    /// Called when ``Socket/queuedBytes`` has fallen from above the high-water mark to at most the low-water mark.
    func socketDidDrain(_ socket: Socket)

    /// Called when the peer has closed its sending side while reading is paused.
    ///
    /// There may be bytes that it sent before and that were not read yet. Called at most once, with a delay of about a
    /// second.
    func socketPeerDidEnd(_ socket: Socket)

    /// Called when the peer has closed its sending side, and all its bytes were read.
    ///
    /// Queued bytes can still be written. The socket stays open until this side closes it.
    func socketDidReachEnd(_ socket: Socket)

    /// Called when the socket has closed: exactly once, and after all other events.
    ///
    /// Never called from inside a call into the socket.
    /// - Parameters:
    ///   - socket: The socket.
    ///   - error: The cause of the close; nil if this side closed the socket without an error.
    func socketDidClose(_ socket: Socket, error: SocketError?)
}

extension SocketDelegate {
    package func socketDidSecure(_ socket: Socket) {}
}
