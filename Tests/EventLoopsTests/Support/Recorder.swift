import EventLoops

/// A delegate that records its events. Tests can wait for them on any thread.
final class Recorder: TransportDelegate, Sendable {
    struct Record: Sendable {
        var received: [UInt8] = []
        var byteCount = 0
        var reads = 0
        var drains = 0
        var ends = 0
        /// The number of ends of the peer that were reported while reading was paused.
        var peerEnds = 0
        var closes = 0
        var error: SocketError?
        /// The number of events after the close.
        var late = 0
    }

    private struct State {
        var record = Record()
        var waiters: [(until: @Sendable (Record) -> Bool, continuation: CheckedContinuation<Record, Never>)] = []
    }

    private let state = Locked(State())
    private let onRead: @Sendable (Transport, UnsafeMutableRawBufferPointer) -> Void
    private let onEnd: @Sendable (Transport) -> Void
    private let keepsBytes: Bool

    init(
        keepsBytes: Bool = true,
        onRead: @escaping @Sendable (Transport, UnsafeMutableRawBufferPointer) -> Void = { _, _ in },
        onEnd: @escaping @Sendable (Transport) -> Void = { _ in }
    ) {
        self.keepsBytes = keepsBytes
        self.onRead = onRead
        self.onEnd = onEnd
    }

    /// Returns a delegate that sends all received bytes back, and closes after its peer.
    static func echo() -> Recorder {
        Recorder(
            keepsBytes: false,
            onRead: { socket, bytes in
                socket.outbox.append(contentsOf: UnsafeRawBufferPointer(bytes))
                socket.setNeedsFlush()
            }, onEnd: { $0.closeAfterFlush() })
    }

    var record: Record { state.withLock { $0.record } }

    /// Waits until the record satisfies the condition or the socket has closed.
    @discardableResult
    func wait(until condition: @escaping @Sendable (Record) -> Bool) async -> Record {
        await withCheckedContinuation { continuation in
            let record = state.withLock { state -> Record? in
                if state.record.closes > 0 || condition(state.record) { return state.record }
                state.waiters.append((condition, continuation))
                return nil
            }
            if let record { continuation.resume(returning: record) }
        }
    }

    func closed() async -> Record { await wait { $0.closes > 0 } }

    private func note(_ change: (inout Record) -> Void) {
        let ready = state.withLock { state in
            if state.record.closes > 0 { state.record.late += 1 }
            change(&state.record)
            let record = state.record
            let isOver = record.closes > 0
            let ready = state.waiters.filter { isOver || $0.until(record) }
            state.waiters.removeAll { isOver || $0.until(record) }
            return ready.map { ($0.continuation, record) }
        }
        for (continuation, record) in ready { continuation.resume(returning: record) }
    }

    func transport(_ socket: Transport, didRead bytes: UnsafeMutableRawBufferPointer) {
        note {
            $0.reads += 1
            $0.byteCount += bytes.count
            if keepsBytes { $0.received += bytes }
        }
        onRead(socket, bytes)
    }

    func transportDidDrain(_ socket: Transport) { note { $0.drains += 1 } }

    func transportPeerDidEnd(_ socket: Transport) { note { $0.peerEnds += 1 } }

    func transportDidReachEnd(_ socket: Transport) {
        note { $0.ends += 1 }
        onEnd(socket)
    }

    func transportDidClose(_ socket: Transport, error: SocketError?) {
        note {
            $0.closes += 1
            $0.error = error
        }
    }
}
