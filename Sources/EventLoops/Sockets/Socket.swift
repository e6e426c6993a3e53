import Bytes
import CUV

/// One TCP or Unix-domain connection. Confined to its loop.
///
/// The closures of ``Listener`` and ``connect(to:on:timeout:completion:)`` receive a socket on its loop. They must
/// eventually call ``start(delegate:)`` or ``close()``: nothing is read before the start. An open socket retains itself
/// and its delegate until ``SocketDelegate/socketDidClose(_:error:)`` has returned.
///
/// All received bytes pass through `didRead(_:)`, and all sent bytes through `flush()`. Transformations of the whole
/// stream, such as TLS, belong there.
@usableFromInline
package final class Socket: HandleOwner {
    enum Phase {
        /// Not started. Ends with `start` or `close`.
        case idle
        case open
        /// `closeAfterFlush` was called: queued bytes are written, received bytes are discarded. Ends with the last
        /// write.
        case finishing
        /// FIN was sent, and the peer's FIN has not arrived. Ends with its arrival or at the deadline.
        case lingering
        case closed
    }

    /// A `uv_tcp_t` or a `uv_pipe_t`. Its memory is freed in libuv's close callback.
    let stream: UnsafeMutablePointer<uv_stream_t>
    package let remoteAddress: SocketAddress?
    /// The receiver of the socket's events. It may be replaced between two events, for example after a handshake.
    @exclusivity(unchecked)
    package var delegate: (any SocketDelegate)?

    // The fields that every message uses opt out of run-time exclusivity checks, which cost more than the rest of this
    // module. It is safe because one thread uses them, and no access spans a call out of the socket.
    @exclusivity(unchecked) var phase = Phase.idle
    /// Whether the delegate wants to receive bytes.
    var wantsToRead = false
    /// Whether libuv reads from the socket.
    var isReading = false
    @exclusivity(unchecked) var hasReachedEnd = false
    /// Whether the socket is on the loop's list of sockets to flush.
    @exclusivity(unchecked) var awaitsFlush = false
    /// Whether `queuedBytes` was above the high-water mark, and the delegate has not been notified since of a drain.
    @exclusivity(unchecked) var isCongested = false
    var closeError: SocketError?
    /// Whether libuv has closed `stream`, and its memory is freed.
    private var isReleased = false
    var deadline: TimerToken?
    /// The write in flight, of the bytes in `inFlight`; nil if no write is in flight.
    @exclusivity(unchecked) var writeRequest: UnsafeMutablePointer<uv_write_t>?
    @exclusivity(unchecked) var inFlight = ByteBuffer()
    /// The cached descriptor; -1 before its first use.
    @exclusivity(unchecked) private var knownDescriptor: Int32 = -1
    /// The number of plaintext bytes that the kernel has accepted, without those of `inFlight`.
    @exclusivity(unchecked) var writtenBytes = 0

    /// The TLS state; nil if the connection is not encrypted.
    @exclusivity(unchecked) package internal(set) var tls: TLSSession?

    /// The bytes to send. The delegate appends to it, then calls ``setNeedsFlush()``.
    ///
    /// A closure that borrows its bytes must not call the socket. An access from another module is always checked for
    /// exclusivity at run time. Code that runs for every message uses ``withOutbox(_:)``, ``isFull`` and ``hasRoom``
    /// instead.
    @exclusivity(unchecked) @usableFromInline package var outbox = ByteBuffer()
    /// The high-water mark in bytes; see ``SocketDelegate/socketDidDrain(_:)``.
    @exclusivity(unchecked) package var highWatermark = 64 * 1_024
    /// The low-water mark in bytes; see ``SocketDelegate/socketDidDrain(_:)``.
    @exclusivity(unchecked) package var lowWatermark = 16 * 1_024
    /// The number of write calls to the kernel.
    @exclusivity(unchecked) package internal(set) var writeCalls = 0

    init(loop: EventLoop, stream: UnsafeMutablePointer<uv_stream_t>, remoteAddress: SocketAddress?) {
        self.stream = stream
        self.remoteAddress = remoteAddress
        super.init(loop: loop)
    }

    /// The local address; nil after the close. Each access makes a system call.
    package var localAddress: SocketAddress? {
        guard phase != .closed else { return nil }
        var descriptor: Int32 = -1
        guard uv_fileno(handle, &descriptor) == 0 else { return nil }
        return RawAddress(localNameOf: descriptor).flatMap { SocketAddress($0) }
    }

    /// The file descriptor; -1 after the close.
    var descriptor: Int32 {
        guard phase != .closed else { return -1 }
        if knownDescriptor < 0 { uv_fileno(handle, &knownDescriptor) }
        return knownDescriptor
    }

    package var isClosed: Bool { phase == .closed }

    /// Sets the delegate and starts to read. Call it once, on the loop.
    ///
    /// If the socket was closed before the start, the delegate is notified of the close only.
    /// - Parameter delegate: The receiver of the socket's events. The socket retains it until it has closed.
    package func start(delegate: any SocketDelegate) {
        precondition(
            loop.isCurrent && self.delegate == nil, "start(delegate:) must be called once, on the socket's loop")
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
