import Bytes
import CUV

extension Socket {
    /// How long the peer has to send its FIN after ours; then the system may answer late bytes with a reset.
    private static let lingerTime = Duration.seconds(1)

    /// Closes now: what is queued is lost, and a peer that has sent what was not read yet may see a reset.
    package func close() { close(error: nil) }

    /// Closes now, with a reset: what the peer has not read yet is lost too.
    package func reset() {
        if phase != .closed { _ = cuv_reset_on_close(descriptor) }
        close()
    }

    /// Writes what is queued, sends FIN, and closes when the peer's FIN arrives or one second later.
    ///
    /// From now on the delegate hears of the close only; what still arrives is read and thrown away, because closing a
    /// socket with unread bytes makes the system send a reset, which destroys what the peer has not read yet.
    /// - Parameter limit: how long the peer may take to read what is queued; then the socket closes with `.timedOut`.
    package func closeAfterFlush(within limit: Duration = .seconds(5)) {
        guard phase == .open || phase == .idle else { return }
        phase = .finishing
        setDeadline(after: limit, error: SocketError(.timedOut, .write))
        updateReading()
        setNeedsFlush()
    }

    /// After the last write of a socket that is finishing.
    func finishWriting() { linger(error: nil) }

    /// Sends FIN and waits for the peer's, or for the time to be over; then the socket closes with the error.
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
        // While libuv can still tell how far the write in flight has come.
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
