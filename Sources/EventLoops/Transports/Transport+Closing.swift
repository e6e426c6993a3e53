extension Transport {
    /// The time that the peer has to send its end (the FIN of TCP) after ours. After it, the system may answer late bytes
    /// with a reset.
    private static let lingerTime = Duration.seconds(1)

    /// Closes the transport immediately. Queued bytes are lost.
    ///
    /// If the peer has sent bytes that were not read yet, it may see a reset.
    package func close() { close(error: nil) }

    /// Closes the transport immediately with a reset. Bytes that the peer has not read yet are lost too.
    package func reset() {
        close(error: nil, isReset: true)
    }

    /// Writes the queued bytes, sends the end (the FIN of TCP), and closes when the peer's end arrives or after one
    /// second.
    ///
    /// From now on the delegate is notified of the close only. Received bytes are read and discarded. If a socket with
    /// unread bytes were closed, the system would send a reset, and the peer would lose bytes that it has not read yet.
    /// - Parameter limit: The time that the peer has to read the queued bytes. After it, the transport closes with
    ///   `.timedOut`.
    package func closeAfterFlush(within limit: Duration = .seconds(5)) {
        guard phase == .open || phase == .idle else { return }
        phase = .finishing
        setDeadline(after: limit, error: SocketError(.timedOut, .write))
        updateReading()
        setNeedsFlush()
    }

    /// Called after the last write of a transport that is finishing.
    func finishWriting() { linger(error: nil) }

    /// Sends the end, waits for the peer's or a timeout, then closes the transport with the error.
    func linger(error: SocketError?) {
        phase = .lingering
        closeError = error
        guard !hasReachedEnd, sendEnd() else { return close(error: error) }
        updateReading()
        setDeadline(after: Self.lingerTime, error: error)
    }

    func close(error: SocketError?, isReset: Bool = false) {
        guard phase != .closed else { return }
        // Read it now: the medium reports the progress of the write in flight only until it closes.
        writtenBytes = bytesTaken
        phase = .closed
        closeError = error
        cancelDeadline()
        release(isReset: isReset)
    }

    private func setDeadline(after time: Duration, error: SocketError?) {
        cancelDeadline()
        deadline = loop.schedule(after: time) { [self] in close(error: error) }
    }

    private func cancelDeadline() {
        deadline.take().map { loop.cancel($0) }
    }
}
