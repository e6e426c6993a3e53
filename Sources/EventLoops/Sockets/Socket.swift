import Bytes
import CUV

/// One connection, TCP or Unix-domain, that lives on one loop; confined to that loop.
///
/// Whoever is given a socket (the closure of ``Listener`` or of ``connect(to:on:timeout:completion:)``) is called on
/// the socket's loop and must call ``start(delegate:)`` or ``close()`` sooner or later: nothing is read before it
/// starts. An open socket keeps itself alive, and its delegate with it; both are let go after
/// ``SocketDelegate/socketDidClose(_:error:)``.
///
/// Bytes pass two gates, `didRead(_:)` inward and `flush()` outward; whatever transforms a whole stream belongs there.
@usableFromInline
package final class Socket: HandleOwner {
    enum Phase {
        /// Not started; ends with `start` or `close`.
        case idle
        case open
        /// `closeAfterFlush` was called: what is queued is written, what arrives is thrown away. Ends with the last
        /// write.
        case finishing
        /// FIN is sent and the peer's is awaited. Ends with it, or with the deadline.
        case lingering
        case closed
    }

    /// A `uv_tcp_t` or a `uv_pipe_t`; its memory goes with libuv's close callback.
    let stream: UnsafeMutablePointer<uv_stream_t>
    package let remoteAddress: SocketAddress?
    /// Who is told; another may take over between two events, as when a handshake has become a connection.
    @exclusivity(unchecked)
    package var delegate: (any SocketDelegate)?

    // The fields that every message touches opt out of run-time exclusivity checks, which cost more than the rest of
    // this room: one thread touches them, and no access spans a call out of the socket.
    @exclusivity(unchecked) var phase = Phase.idle
    /// The delegate wants bytes.
    var wantsToRead = false
    /// libuv reads.
    var isReading = false
    @exclusivity(unchecked) var hasReachedEnd = false
    /// On the loop's list of sockets to flush.
    @exclusivity(unchecked) var awaitsFlush = false
    /// `queuedBytes` was above the high watermark and the delegate has not been told since that it fell.
    @exclusivity(unchecked) var isCongested = false
    var closeError: SocketError?
    /// libuv has let go of `stream`, and its memory is gone.
    private var isReleased = false
    var deadline: TimerToken?
    /// The write that the kernel did not take at once, of `inFlight`.
    @exclusivity(unchecked) var writeRequest: UnsafeMutablePointer<uv_write_t>?
    @exclusivity(unchecked) var inFlight = ByteBuffer()
    /// -1 until somebody asks.
    @exclusivity(unchecked) private var knownDescriptor: Int32 = -1
    /// Bytes that the kernel has taken, but for those of `inFlight`.
    @exclusivity(unchecked) var writtenBytes = 0

    /// What seals and opens all bytes; nil while they are plain.
    @exclusivity(unchecked) package internal(set) var tls: TLSSession?

    /// What the delegate has to say: it appends here, then calls ``setNeedsFlush()``. A closure that was lent its bytes
    /// must not call the socket. Other modules' accesses are checked at run time, however it is declared: what every
    /// message touches has ``withOutbox(_:)``, ``isFull`` and ``hasRoom``.
    @exclusivity(unchecked) @usableFromInline package var outbox = ByteBuffer()
    /// Bytes; see ``SocketDelegate/socketDidDrain(_:)``.
    @exclusivity(unchecked) package var highWatermark = 64 * 1_024
    /// Bytes; see ``SocketDelegate/socketDidDrain(_:)``.
    @exclusivity(unchecked) package var lowWatermark = 16 * 1_024
    /// How often the kernel was asked to take bytes.
    @exclusivity(unchecked) package internal(set) var writeCalls = 0

    init(loop: EventLoop, stream: UnsafeMutablePointer<uv_stream_t>, remoteAddress: SocketAddress?) {
        self.stream = stream
        self.remoteAddress = remoteAddress
        super.init(loop: loop)
    }

    /// Where this side is; asked of the system, nil once closed.
    package var localAddress: SocketAddress? {
        guard phase != .closed else { return nil }
        var descriptor: Int32 = -1
        guard uv_fileno(handle, &descriptor) == 0 else { return nil }
        return RawAddress(localNameOf: descriptor).flatMap { SocketAddress($0) }
    }

    /// The system's number for it, or -1.
    var descriptor: Int32 {
        guard phase != .closed else { return -1 }
        if knownDescriptor < 0 { uv_fileno(handle, &knownDescriptor) }
        return knownDescriptor
    }

    package var isClosed: Bool { phase == .closed }

    /// Takes a delegate, which the socket holds until it has closed, and begins to read. Once, on the loop.
    ///
    /// The delegate of a socket that was closed before it started hears of the close alone.
    package func start(delegate: any SocketDelegate) {
        precondition(loop.isCurrent && self.delegate == nil, "A socket starts once, on its loop.")
        guard !isReleased else {
            let parties = LoopBound((self, delegate, closeError), loop: loop)
            return loop.execute { parties.value.1.socketDidClose(parties.value.0, error: parties.value.2) }
        }
        self.delegate = delegate
        guard phase == .idle else { return }
        phase = .open
        wantsToRead = true
        updateReading()
        if outbox.count > 0 { setNeedsFlush() }
    }

    var handle: UnsafeMutablePointer<uv_handle_t> {
        UnsafeMutableRawPointer(stream).assumingMemoryBound(to: uv_handle_t.self)
    }

    override func loopWillEnd() { close(error: SocketError(.cancelled, .close)) }

    override func handleDidClose() {
        isReleased = true
        outbox.removeAll()
        inFlight.removeAll()
        tls = nil
        guard let delegate else { return }
        self.delegate = nil
        delegate.socketDidClose(self, error: closeError)
    }
}
