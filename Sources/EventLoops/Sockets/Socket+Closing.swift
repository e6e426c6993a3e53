import Bytes
import CUV

extension Socket {
    /// The time that the peer has to send its FIN after ours. After it, the system may answer late bytes with a reset.
    private static let lingerTime = Duration.seconds(1)

    /// Closes the socket immediately. Queued bytes are lost.
    ///
    /// If the peer has sent bytes that were not read yet, it may see a reset.
    package func close() { close(error: nil) }

    /// Closes the socket immediately with a reset. Bytes that the peer has not read yet are lost too.
    package func reset() {
        if phase != .closed { _ = cuv_reset_on_close(descriptor) }
        close()
    }

    /// Writes the queued bytes, sends FIN, and closes when the peer's FIN arrives or after one second.
    ///
    /// From now on the delegate is notified of the close only. Received bytes are read and discarded. If a socket with
    /// unread bytes were closed, the system would send a reset, and the peer would lose bytes that it has not read yet.
    /// - Parameter limit: The time that the peer has to read the queued bytes. After it, the socket closes with
    ///   `.timedOut`.
    package func closeAfterFlush(within limit: Duration = .seconds(5)) {
        guard phase == .open || phase == .idle else { return }
        phase = .finishing
        setDeadline(after: limit, error: SocketError(.timedOut, .write))
        updateReading()
        setNeedsFlush()
    }

    /// Called after the last write of a socket that is finishing.
    func finishWriting() { linger(error: nil) }

    /// Sends FIN, waits for the peer's FIN or a timeout, then closes the socket with the error.
    func linger(error: SocketError?) {
        phase = .lingering
        closeError = error
        var descriptor: Int32 = -1
        guard !hasReachedEnd, uv_fileno(handle, &descriptor) == 0, cuv_half_close(descriptor) == 0 else {
            return close(error: error)
        }
        updateReading()
        setDeadline(after: Self.lingerTime, error: error)
    }

    func close(error: SocketError?) {
        guard phase != .closed else { return }
        // Read it now: libuv reports the progress of the write in flight only until the handle closes.
        writtenBytes = bytesTaken
        phase = .closed
        closeError = error
        cancelDeadline()
        loop.hangUps.remove(self)
        release(stream)
    }

    private func setDeadline(after time: Duration, error: SocketError?) {
        cancelDeadline()
        deadline = loop.schedule(after: time) { [self] in close(error: error) }
    }

    private func cancelDeadline() {
        deadline.take().map { loop.cancel($0) }
    }
}
