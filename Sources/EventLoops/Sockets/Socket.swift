import CUV

/// A TCP or Unix-domain connection. Confined to its loop.
package final class Socket: Transport {
    /// A `uv_tcp_t` or a `uv_pipe_t`. Its memory is freed in libuv's close callback.
    private let stream: UnsafeMutablePointer<uv_stream_t>
    /// The write in flight; nil if there is none.
    private var writeRequest: UnsafeMutablePointer<uv_write_t>?
    /// The cached descriptor; -1 before its first use.
    @exclusivity(unchecked) private var knownDescriptor: Int32 = -1

    init(loop: EventLoop, stream: UnsafeMutablePointer<uv_stream_t>, remoteAddress: SocketAddress?) {
        self.stream = stream
        super.init(loop: loop, remoteAddress: remoteAddress)
    }

    private var handle: UnsafeMutablePointer<uv_handle_t> {
        UnsafeMutableRawPointer(stream).assumingMemoryBound(to: uv_handle_t.self)
    }

    /// The file descriptor; -1 after the close.
    var descriptor: Int32 {
        guard phase != .closed else { return -1 }
        if knownDescriptor < 0 { uv_fileno(handle, &knownDescriptor) }
        return knownDescriptor
    }

    /// The local address; nil after the close. Each access makes a system call.
    package override var localAddress: SocketAddress? {
        guard phase != .closed else { return nil }
        return RawAddress(localNameOf: descriptor).flatMap { SocketAddress($0) }
    }

    override func startReading() -> Int32 {
        loop.hangUps.remove(self)
        return uv_read_start(stream, lendReadBuffer, onRead)
    }

    override func stopReading() {
        if !hasReachedEnd { loop.watchForHangUp(self) }
        uv_read_stop(stream)
    }

    override func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        cuv_try_send(descriptor, bytes.baseAddress, bytes.count)
    }

    override func sendInFlight() -> Int32 {
        let request = UnsafeMutablePointer<uv_write_t>.allocate(capacity: 1)
        var buffer = uv_buf_t(
            base: inFlight.base.map { ($0 + inFlight.start).assumingMemoryBound(to: CChar.self) }, len: inFlight.count)
        let result = uv_write(request, stream, &buffer, 1, onWritten)
        if result == 0 { writeRequest = request } else { request.deallocate() }
        return result
    }

    override var unsentInFlight: Int { uv_stream_get_write_queue_size(stream) }

    fileprivate func didWrite(_ result: Int32) {
        writeRequest?.deallocate()
        writeRequest = nil
        didSend(result)
    }

    override func sendEnd() -> Bool { cuv_half_close(descriptor) == 0 }

    override func release(isReset: Bool) {
        loop.hangUps.remove(self)
        if isReset, knownDescriptor >= 0 || uv_fileno(handle, &knownDescriptor) == 0 {
            _ = cuv_reset_on_close(knownDescriptor)
        }
        release(stream)
    }
}

private func lendReadBuffer(
    _ handle: UnsafeMutablePointer<uv_handle_t>?, _ suggested: Int, _ buffer: UnsafeMutablePointer<uv_buf_t>?
) {
    guard let loop = handle.unsafelyUnwrapped.pointee.loop else { return }
    Unmanaged<EventLoop>.fromOpaque(loop.pointee.data.unsafelyUnwrapped)._withUnsafeGuaranteedRef { loop in
        let room = loop.readBuffer
        buffer.unsafelyUnwrapped.pointee.base = room.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: CChar.self)
        buffer.unsafelyUnwrapped.pointee.len = room.count
    }
}

/// Passes received bytes or a read error to the socket.
///
/// The handle retains the socket until the close callback, so this function does not.
private func onRead(_ stream: UnsafeMutablePointer<uv_stream_t>?, _ count: Int, _ buffer: UnsafePointer<uv_buf_t>?) {
    guard count != 0, let stream, let data = stream.pointee.data else { return }
    Unmanaged<Socket>.fromOpaque(data)._withUnsafeGuaranteedRef { socket in
        socket.loop.readMailIfAny()
        if count > 0 {
            socket.didReceive(
                UnsafeMutableRawBufferPointer(start: buffer.unsafelyUnwrapped.pointee.base, count: count))
        } else {
            socket.didFailToReceive(Int32(truncatingIfNeeded: count))
        }
    }
}

private func onWritten(_ request: UnsafeMutablePointer<uv_write_t>?, _ result: Int32) {
    guard let data = request.unsafelyUnwrapped.pointee.handle.pointee.data else { return }
    Unmanaged<Socket>.fromOpaque(data).takeUnretainedValue().didWrite(result)
}
