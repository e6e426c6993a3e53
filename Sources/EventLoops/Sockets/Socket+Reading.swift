import CUV

extension Socket {
    /// Pauses reading: ``SocketDelegate/socket(_:didRead:)`` is no longer called.
    ///
    /// The kernel's buffers fill up, which makes the peer stop sending. If another thread asks the loop to pause, bytes
    /// that are already being read are still delivered. A disconnect of the peer is detected within about a second.
    package func pauseReading() {
        wantsToRead = false
        updateReading()
    }

    /// Resumes reading after ``pauseReading()``.
    package func resumeReading() {
        wantsToRead = true
        updateReading()
    }

    /// Starts or stops reading in libuv, depending on the state of the socket.
    func updateReading() {
        let mustRead =
            switch phase {
            case .idle, .closed: false
            case .open: wantsToRead && !hasReachedEnd
            case .finishing, .lingering: !hasReachedEnd
            }
        guard mustRead != isReading, phase != .closed else { return }
        isReading = mustRead
        if mustRead { loop.hangUps.remove(self) } else if !hasReachedEnd { loop.watchForHangUp(self) }
        if mustRead {
            let result = uv_read_start(stream, lendReadBuffer, onRead)
            if result < 0 { close(error: SocketError(result, .read)) }
        } else {
            uv_read_stop(stream)
        }
    }

    /// The single entry point for received bytes.
    @inline(__always)
    fileprivate func didRead(_ bytes: UnsafeMutableRawBufferPointer) {
        if let tls { return didReadSealed(UnsafeRawBufferPointer(bytes), tls) }
        guard phase == .open, let delegate else { return }
        loop.spareBuffers.lend(to: &outbox)
        delegate.socket(self, didRead: bytes)
        if outbox.count == 0 { loop.spareBuffers.takeBack(&outbox) }
    }

    fileprivate func didFailToRead(_ result: Int) {
        guard phase != .closed else { return }
        isReading = false
        let result = Int32(truncatingIfNeeded: result)
        guard result == UV_EOF.rawValue else { return close(error: SocketError(result, .read)) }
        if let tls, phase == .open || phase == .finishing && !tls.isSecured {
            return close(error: SocketError(tls.isSecured ? TLSFault.truncated : .endedEarly))
        }
        didReadEnd()
    }

    /// Called when the peer has sent its last byte.
    func didReadEnd() {
        guard !hasReachedEnd, phase != .closed else { return }
        isReading = false
        hasReachedEnd = true
        uv_read_stop(stream)
        switch phase {
        case .open: delegate?.socketDidReachEnd(self)
        case .lingering: close(error: closeError)
        case .idle, .finishing, .closed: break
        }
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
            socket.didRead(UnsafeMutableRawBufferPointer(start: buffer.unsafelyUnwrapped.pointee.base, count: count))
        } else {
            socket.didFailToRead(count)
        }
    }
}
