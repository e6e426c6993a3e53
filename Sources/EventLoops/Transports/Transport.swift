import Bytes
import CUV

/// A connection that carries bytes in both directions, with or without TLS. Confined to its loop.
///
/// A ``Socket`` is the transport of the system, and a ``MemoryTransport`` that of tests. Their superclass has the state
/// and all decisions: phases, watermarks, TLS, and the notification of the delegate. A subclass overrides the *medium*
/// below, the operations that move bytes; none of them runs more than once for each read or flush. A class costs less
/// here than a protocol or a generic parameter, because its properties are accessed without a call.
///
/// The closures that receive a transport get it on its loop. They must eventually call ``start(delegate:)`` or
/// ``close()``: nothing is read before the start. An open transport retains itself and its delegate until
/// ``TransportDelegate/transportDidClose(_:error:)`` has returned.
///
/// All received bytes pass through `didReceive(_:)`, and all sent bytes through `flush()`. Transformations of the whole
/// stream, such as TLS, belong there.
@usableFromInline
package class Transport: LoopMember {
    enum Phase {
        /// Not started. Ends with `start` or `close`.
        case idle
        case open
        /// `closeAfterFlush` was called: queued bytes are written, received bytes are discarded. Ends with the last
        /// write.
        case finishing
        /// The end was sent, and the peer's has not arrived. Ends with its arrival or at the deadline.
        case lingering
        case closed
    }

    package final let remoteAddress: SocketAddress?
    /// The receiver of the transport's events. It may be replaced between two events, for example after a handshake.
    @exclusivity(unchecked)
    package final var delegate: (any TransportDelegate)?

    // The fields that every message uses opt out of run-time exclusivity checks, which cost more than the rest of this
    // module. It is safe because one thread uses them, and no access spans a call out of the transport.
    @exclusivity(unchecked) final var phase = Phase.idle
    /// Whether the delegate wants to receive bytes.
    final var wantsToRead = false
    /// Whether the medium reads.
    final var isReading = false
    @exclusivity(unchecked) final var hasReachedEnd = false
    /// Whether the transport is on the loop's list of transports to flush.
    @exclusivity(unchecked) final var awaitsFlush = false
    /// Whether `queuedBytes` was above the high-water mark, and the delegate has not been notified since of a drain.
    @exclusivity(unchecked) final var isCongested = false
    final var closeError: SocketError?
    /// Whether the medium has closed.
    private final var isReleased = false
    final var deadline: TimerToken?
    /// Whether the medium is sending the bytes in `inFlight`.
    @exclusivity(unchecked) final var isSending = false
    @exclusivity(unchecked) final var inFlight = ByteBuffer()
    /// The number of plaintext bytes that the medium has accepted, without those of `inFlight`.
    @exclusivity(unchecked) final var writtenBytes = 0

    /// The TLS state; nil if the connection is not encrypted.
    @exclusivity(unchecked) package internal(set) final var tls: TLSSession?

    /// The bytes to send. The delegate appends to it, then calls ``setNeedsFlush()``.
    ///
    /// A closure that borrows its bytes must not call the transport. An access from another module is always checked
    /// for exclusivity at run time. Code that runs for every message uses ``withOutbox(_:)``, ``isFull`` and
    /// ``hasRoom`` instead.
    @exclusivity(unchecked) @usableFromInline package final var outbox = ByteBuffer()
    /// The high-water mark in bytes; see ``TransportDelegate/transportDidDrain(_:)``.
    @exclusivity(unchecked) package final var highWatermark = 64 * 1_024
    /// The low-water mark in bytes; see ``TransportDelegate/transportDidDrain(_:)``.
    @exclusivity(unchecked) package final var lowWatermark = 16 * 1_024
    /// The number of times that bytes were given to the medium; for a ``Socket``, of system calls.
    @exclusivity(unchecked) package internal(set) final var writeCalls = 0

    init(loop: EventLoop, remoteAddress: SocketAddress?) {
        self.remoteAddress = remoteAddress
        super.init(loop: loop)
    }

    package final var isClosed: Bool { phase == .closed }

    /// Sets the delegate and starts to read. Call it once, on the loop.
    ///
    /// If the transport was closed before the start, the delegate is notified of the close only.
    /// - Parameter delegate: The receiver of the events. The transport retains it until it has closed.
    package final func start(delegate: any TransportDelegate) {
        precondition(
            loop.isCurrent && self.delegate == nil, "start(delegate:) must be called once, on the transport's loop")
        guard !isReleased else {
            let parties = LoopBound((self, delegate, closeError), loop: loop)
            return loop.execute { parties.value.1.transportDidClose(parties.value.0, error: parties.value.2) }
        }
        self.delegate = delegate
        guard phase == .idle else { return }
        phase = .open
        wantsToRead = true
        updateReading()
        if outbox.count > 0 { setNeedsFlush() }
    }

    final override func loopWillEnd() { close(error: SocketError(.cancelled, .close)) }

    final override func didLeaveLoop() {
        isReleased = true
        outbox.removeAll()
        inFlight.removeAll()
        tls = nil
        guard let delegate else { return }
        self.delegate = nil
        delegate.transportDidClose(self, error: closeError)
    }

    // MARK: The medium

    /// The local address; nil after the close, and if there is none.
    package var localAddress: SocketAddress? { nil }

    /// Starts to call `didReceive(_:)` with bytes that arrive, and `didFailToReceive(_:)` at the end.
    /// - Returns: A libuv error code, which closes the transport; otherwise 0.
    func startReading() -> Int32 { fatalError("a transport must implement startReading()") }

    func stopReading() {}

    /// Sends as many bytes as it can without waiting.
    /// - Returns: The number of bytes; `UV_EAGAIN` if there is no room, or another libuv error code.
    func send(_ bytes: UnsafeRawBufferPointer) -> Int { fatalError("a transport must implement send(_:)") }

    /// Starts to send all bytes of `inFlight`, and then calls `didSend(_:)`, later.
    /// - Returns: A libuv error code, which closes the transport; otherwise 0.
    func sendInFlight() -> Int32 { fatalError("a transport must implement sendInFlight()") }

    /// The number of bytes of `inFlight` that are not sent yet. It is used only while `isSending` is true.
    var unsentInFlight: Int { 0 }

    /// Tells the peer that this side sends no more.
    /// - Returns: Whether it worked.
    func sendEnd() -> Bool { fatalError("a transport must implement sendEnd()") }

    /// Closes the medium, and then lets the transport leave its loop.
    /// - Parameter isReset: Whether the peer is to see a reset, which discards bytes that it has not read yet.
    func release(isReset: Bool) { fatalError("a transport must implement release(isReset:)") }
}
