import Bytes
import CUV

extension Transport {
    /// The number of bytes that the medium has not accepted yet. Encrypted bytes count with the overhead of TLS.
    @inline(__always)
    package var queuedBytes: Int {
        guard phase != .closed else { return 0 }
        return isSending ? outbox.count + unsentInFlight : outbox.count
    }

    /// The number of plaintext bytes that the medium has accepted since the transport was created, also after the close.
    ///
    /// The peer has received at most as many. With TLS, the bytes of a record count when the medium has accepted the
    /// whole record.
    package var bytesTaken: Int {
        guard isSending, phase != .closed else { return writtenBytes }
        return writtenBytes + plainTaken(ofInFlight: inFlight.count - unsentInFlight)
    }

    /// The number of bytes that were put into the outbox since the transport was created. Invalid after the close.
    ///
    /// The medium has accepted all of them when ``bytesTaken`` has reached this number.
    package var bytesGiven: Int {
        writtenBytes + (isSending ? plainInFlight : 0) + outbox.count
    }

    /// Whether ``queuedBytes`` is above the high-water mark.
    package var isFull: Bool { queuedBytes > highWatermark }

    /// Whether ``queuedBytes`` is at most the low-water mark.
    package var hasRoom: Bool { queuedBytes <= lowWatermark }

    /// Calls `body` with ``outbox``, which gets memory from the loop's buffer pool if it has none.
    @inlinable @inline(__always)
    package func withOutbox<Result, Failure: Error>(
        _ body: (inout ByteBuffer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        if outbox.capacity == 0 { borrowRoom() }
        return try body(&outbox)
    }

    @usableFromInline
    func borrowRoom() {
        loop.spareBuffers.lend(to: &outbox)
    }

    /// Schedules a write of the outbox at the end of the loop's turn, including bytes that are appended until then.
    @inline(__always)
    package func setNeedsFlush() {
        guard !awaitsFlush, phase != .closed else { return }
        awaitsFlush = true
        loop.addUnflushed(self)
    }

    /// Ensures that ``TransportDelegate/transportDidDrain(_:)`` will be called.
    ///
    /// Call it when the delegate stops sending because of the bytes that are queued now. Otherwise the queue may be
    /// short again by the end of the turn, and the delegate would not be called.
    package func noteCongestion() {
        isCongested = true
        setNeedsFlush()
    }

    /// Writes the outbox now instead of at the end of the turn. Does not call the delegate.
    package func flushNow() {
        flush()
        if isCongested { setNeedsFlush() }
    }

    func flushAtEndOfTurn() {
        awaitsFlush = false
        flush()
        tellIfDrained()
    }

    /// The single exit point for sent bytes.
    func flush() {
        guard phase != .closed else { return }
        if queuedBytes > highWatermark { isCongested = true }
        guard !isSending else { return }
        if let tls { return flushSealed(tls) }
        let count = outbox.count
        if count > 0 {
            let written = outbox.withBytes { send($0) }
            writeCalls += 1
            guard written == count else { return flushDidFallShort(written) }
            writtenBytes += count
            loop.spareBuffers.takeBack(&outbox)
        }
        if phase == .finishing { finishWriting() }
    }

    private func flushDidFallShort(_ written: Int) {
        if written > 0 {
            writtenBytes += written
            outbox.removeFirst(written)
        } else if written < 0, written != Int(UV_EAGAIN.rawValue) {
            return close(error: SocketError(Int32(truncatingIfNeeded: written), .write))
        }
        // One write is in flight at a time. Bytes that are appended meanwhile collect in the outbox.
        swap(&outbox, &inFlight)
        writeInFlight()
    }

    func writeInFlight() {
        let result = sendInFlight()
        writeCalls += 1
        guard result == 0 else { return close(error: SocketError(result, .write)) }
        isSending = true
    }

    /// Called by the medium when it has sent all bytes of `inFlight`, or has failed to.
    /// - Parameter result: 0, or a libuv error code.
    func didSend(_ result: Int32) {
        isSending = false
        // After a failed write, it is unknown how much was accepted. Assume that it was everything.
        if phase != .closed { writtenBytes += plainInFlight }
        tls?.batch.removeAll()
        loop.spareBuffers.takeBack(&inFlight)
        guard phase != .closed else { return }
        guard result == 0 else { return close(error: SocketError(result, .write)) }
        // The flush at the end of the turn either writes more or notifies the delegate that the queue has drained.
        setNeedsFlush()
    }

    private func tellIfDrained() {
        guard isCongested, phase == .open, queuedBytes <= lowWatermark else { return }
        isCongested = false
        delegate?.transportDidDrain(self)
    }
}
