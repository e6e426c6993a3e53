import Bytes
import CUV

extension Socket {
    /// The number of bytes that the kernel has not accepted yet. Encrypted bytes count with the overhead of TLS.
    @inline(__always)
    package var queuedBytes: Int {
        guard phase != .closed else { return 0 }
        return writeRequest == nil ? outbox.count : outbox.count + uv_stream_get_write_queue_size(stream)
    }

    /// The number of plaintext bytes that the kernel has accepted since the socket was created, also after the close.
    ///
    /// The peer has received at most as many. With TLS, the bytes of a record count when the kernel has accepted the
    /// whole record.
    package var bytesTaken: Int {
        guard writeRequest != nil, phase != .closed else { return writtenBytes }
        return writtenBytes + plainTaken(ofInFlight: inFlight.count - uv_stream_get_write_queue_size(stream))
    }

    /// The number of bytes that were put into the outbox since the socket was created. Invalid after the close.
    ///
    /// The kernel has accepted all of them when ``bytesTaken`` has reached this number.
    package var bytesGiven: Int {
        writtenBytes + (writeRequest == nil ? 0 : plainInFlight) + outbox.count
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

    /// Ensures that ``SocketDelegate/socketDidDrain(_:)`` will be called.
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
        guard writeRequest == nil else { return }
        if let tls { return flushSealed(tls) }
        let count = outbox.count
        if count > 0 {
            let written = outbox.withBytes { cuv_try_send(descriptor, $0.baseAddress, $0.count) }
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
        let request = UnsafeMutablePointer<uv_write_t>.allocate(capacity: 1)
        var buffer = uv_buf_t(inFlight)
        let result = uv_write(request, stream, &buffer, 1, onWritten)
        writeCalls += 1
        guard result == 0 else {
            request.deallocate()
            return close(error: SocketError(result, .write))
        }
        writeRequest = request
    }

    fileprivate func didWrite(_ result: Int32) {
        writeRequest?.deallocate()
        writeRequest = nil
        // After a failed write, libuv does not report how much the kernel accepted. Assume that it accepted everything.
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
        delegate?.socketDidDrain(self)
    }
}

extension uv_buf_t {
    /// Refers to the bytes of a buffer, which must not change until libuv has written them.
    @inline(__always)
    fileprivate init(_ bytes: borrowing ByteBuffer) {
        self.init(base: bytes.base.map { ($0 + bytes.start).assumingMemoryBound(to: CChar.self) }, len: bytes.count)
    }
}

private func onWritten(_ request: UnsafeMutablePointer<uv_write_t>?, _ result: Int32) {
    guard let data = request.unsafelyUnwrapped.pointee.handle.pointee.data else { return }
    Unmanaged<Socket>.fromOpaque(data).takeUnretainedValue().didWrite(result)
}
