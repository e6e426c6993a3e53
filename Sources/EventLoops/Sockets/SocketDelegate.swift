/// What happens on a socket. All of it comes on the socket's loop, and nothing comes after
/// ``socketDidClose(_:error:)``.
package protocol SocketDelegate: AnyObject {
    /// Bytes arrived. They lie in the loop's one read buffer, which the delegate may change in place (to unmask) and
    /// must not keep: it holds the next socket's bytes as soon as the call returns.
    func socket(_ socket: Socket, didRead bytes: UnsafeMutableRawBufferPointer)

    /// The TLS handshake is done: from here on what is read and written is sealed. Not for a socket without TLS.
    func socketDidSecure(_ socket: Socket)

    /// ``Socket/queuedBytes`` fell from above the high watermark to at most the low one.
    func socketDidDrain(_ socket: Socket)

    /// The peer has ended its side while reading is paused; bytes may have come before that, and are still there to be
    /// read. Told at most once, about a second late.
    func socketPeerDidEnd(_ socket: Socket)

    /// The peer sends no more. What is queued for it may still be written; the socket stays open until it is closed
    /// here.
    func socketDidReachEnd(_ socket: Socket)

    /// The last call, exactly once; never from inside a call into the socket. No error means that this side closed it.
    func socketDidClose(_ socket: Socket, error: SocketError?)
}

extension SocketDelegate {
    package func socketDidSecure(_ socket: Socket) {}
}
