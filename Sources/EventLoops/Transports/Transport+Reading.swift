import CUV

extension Transport {
    /// Pauses reading: ``TransportDelegate/transport(_:didRead:)`` is no longer called.
    ///
    /// The buffers on the way fill up, which makes the peer stop sending. If another thread asks the loop to pause, bytes
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

    /// Starts or stops reading, depending on the state of the transport.
    func updateReading() {
        let mustRead =
            switch phase {
            case .idle, .closed: false
            case .open: wantsToRead && !hasReachedEnd
            case .finishing, .lingering: !hasReachedEnd
            }
        guard mustRead != isReading, phase != .closed else { return }
        isReading = mustRead
        guard mustRead else { return stopReading() }
        let result = startReading()
        if result < 0 { close(error: SocketError(result, .read)) }
    }

    /// The single entry point for received bytes. Called by the medium.
    @inline(__always)
    func didReceive(_ bytes: UnsafeMutableRawBufferPointer) {
        if let tls { return didReadSealed(UnsafeRawBufferPointer(bytes), tls) }
        guard phase == .open, let delegate else { return }
        loop.spareBuffers.lend(to: &outbox)
        delegate.transport(self, didRead: bytes)
        if outbox.count == 0 { loop.spareBuffers.takeBack(&outbox) }
    }

    /// Called by the medium, which has stopped reading, when the peer has sent its last byte or an error has occurred.
    /// - Parameter result: `UV_EOF`, or another libuv error code.
    func didFailToReceive(_ result: Int32) {
        guard phase != .closed else { return }
        isReading = false
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
        stopReading()
        switch phase {
        case .open: delegate?.transportDidReachEnd(self)
        case .lingering: close(error: closeError)
        case .idle, .finishing, .closed: break
        }
    }
}
