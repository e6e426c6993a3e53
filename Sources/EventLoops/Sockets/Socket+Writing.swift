import Bytes
import CUV

extension Socket {
    /// Bytes that the kernel has not taken yet; with TLS, those of them that are sealed count with what that adds.
    @inline(__always)
    package var queuedBytes: Int {
        guard phase != .closed else { return 0 }
        return writeRequest == nil ? outbox.count : outbox.count + uv_stream_get_write_queue_size(stream)
    }

    /// How many bytes the kernel has taken since the socket was made; once closed, how many it ever took. What a peer
    /// has got is at most that. With TLS the bytes of the outbox count, those of a record once all of it is taken.
    package var bytesTaken: Int {
        guard writeRequest != nil, phase != .closed else { return writtenBytes }
        return writtenBytes + plainTaken(ofInFlight: inFlight.count - uv_stream_get_write_queue_size(stream))
    }

    /// How many bytes were put into the outbox since the socket was made: all of them have left once ``bytesTaken`` is
    /// as much. Not after the close.
    package var bytesGiven: Int {
        writtenBytes + (writeRequest == nil ? 0 : plainInFlight) + outbox.count
    }

    /// Whether ``queuedBytes`` is above the high watermark.
    package var isFull: Bool { queuedBytes > highWatermark }

    /// Whether ``queuedBytes`` is at most the low watermark.
    package var hasRoom: Bool { queuedBytes <= lowWatermark }

    /// Lends ``outbox``, with room that another socket's has no more use for.
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

    /// Has the outbox written at the end of the loop's turn, together with what is appended until then.
    @inline(__always)
    package func setNeedsFlush() {
        guard !awaitsFlush, phase != .closed else { return }
        awaitsFlush = true
        loop.addUnflushed(self)
    }

    /// Sees to it that ``SocketDelegate/socketDidDrain(_:)`` comes: for a delegate that holds something back for what
    /// is queued now. By the end of the turn the queue may already be short again, and nobody would call.
    package func noteCongestion() {
        isCongested = true
        setNeedsFlush()
    }

    /// Writes the outbox at once instead of at the end of the turn. The delegate is not called from inside.
    package func flushNow() {
        flush()
        if isCongested { setNeedsFlush() }
    }

    func flushAtEndOfTurn() {
        awaitsFlush = false
        flush()
        tellIfDrained()
    }

    /// The gate outward.
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
        // One write at a time: what comes meanwhile gathers in the outbox and goes out in one piece.
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
        // How much of a write that failed the kernel had taken is not told: all of it may have left.
        if phase != .closed { writtenBytes += plainInFlight }
        tls?.batch.removeAll()
        loop.spareBuffers.takeBack(&inFlight)
        guard phase != .closed else { return }
        guard result == 0 else { return close(error: SocketError(result, .write)) }
        // Drained or with more to say: the end of this turn sees to both.
        setNeedsFlush()
    }

    private func tellIfDrained() {
        guard isCongested, phase == .open, queuedBytes <= lowWatermark else { return }
        isCongested = false
        delegate?.socketDidDrain(self)
    }
}

extension uv_buf_t {
    /// The bytes of a buffer that stays as it is until libuv has written them.
    @inline(__always)
    fileprivate init(_ bytes: borrowing ByteBuffer) {
        self.init(base: bytes.base.map { ($0 + bytes.start).assumingMemoryBound(to: CChar.self) }, len: bytes.count)
    }
}

private func onWritten(_ request: UnsafeMutablePointer<uv_write_t>?, _ result: Int32) {
    guard let data = request.unsafelyUnwrapped.pointee.handle.pointee.data else { return }
    Unmanaged<Socket>.fromOpaque(data).takeUnretainedValue().didWrite(result)
}
