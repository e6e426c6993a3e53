import CUV

/// One end of a connection in memory, which behaves like a TCP connection: it has a window, an end for each direction,
/// and resets. Confined to its loop; the other end may be on another loop.
package final class MemoryTransport: Transport {
    /// Something that this end receives at a time.
    private struct Arrival {
        let passage: FaultyPipe.Passage
        let time: ContinuousClock.Instant
    }

    /// The bytes that this end sends.
    private var pipe: FaultyPipe
    /// The time that they take.
    private let delay: Duration
    /// The number of bytes that the other end still accepts.
    private var window: Int
    /// The other end; nil after the close.
    private var other: LoopBound<MemoryTransport>?
    private var arrivals: [Arrival] = []
    private var arrivalTimer: TimerToken?
    private var isListening = false
    /// Whether the delegate knows that the peer has ended while reading was paused.
    private var hasToldOfEnd = false
    /// Whether the end of the bytes was sent to the other end.
    private var hasSentEnd = false
    /// The number of bytes of `inFlight` that are sent.
    private var sentInFlight = 0

    /// The conditions for the bytes of one direction.
    package struct Conditions: Sendable {
        /// The time that bytes take.
        package var delay = Duration.zero
        /// The number of bytes that the receiver buffers while it does not read.
        package var window = 256 * 1_024
        /// The largest number of bytes that arrive at a time; nil for no limit.
        package var pieceSize: Int?
        /// The faults by their positions: the number of bytes before them.
        package var faults: [Int: FaultyPipe.Fault] = [:]

        package init() {}
    }

    init(loop: EventLoop, remoteAddress: SocketAddress?, _ conditions: Conditions) {
        pipe = FaultyPipe(faults: conditions.faults, pieceSize: conditions.pieceSize)
        delay = conditions.delay
        window = conditions.window
        super.init(loop: loop, remoteAddress: remoteAddress)
    }

    /// Connects this end to the other. Call it on the loop, before anything is sent.
    func connect(to other: LoopBound<MemoryTransport>) {
        self.other = other
        join()
        if loop.isEnding { close(error: loop.endError(.connect), isReset: true) }
    }

    // MARK: Sending

    override func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard other != nil, !hasSentEnd else { return Int(UV_EPIPE.rawValue) }
        let count = min(bytes.count, window)
        guard count > 0 else { return Int(UV_EAGAIN.rawValue) }
        window -= count
        perform(pipe.admit(Array(bytes.prefix(count))))
        return count
    }

    override func sendInFlight() -> Int32 {
        sentInFlight = 0
        onLoop { $0.sendOn() }
        return 0
    }

    override var unsentInFlight: Int { inFlight.count - sentInFlight }

    /// Sends as many of the bytes in flight as there is room for.
    private func sendOn() {
        guard isSending, !isClosed else { return }
        while unsentInFlight > 0 {
            let sent = inFlight.withBytes { send(UnsafeRawBufferPointer(rebasing: $0[sentInFlight...])) }
            guard sent != Int(UV_EAGAIN.rawValue) else { return }
            guard sent > 0 else { return didSend(Int32(truncatingIfNeeded: sent)) }
            sentInFlight += sent
        }
        didSend(0)
    }

    /// Called when the other end has read bytes.
    private func widen(by count: Int) {
        window += count
        sendOn()
    }

    override func sendEnd() -> Bool {
        guard !hasSentEnd, other != nil else { return false }
        hasSentEnd = true
        perform(pipe.admitEnd())
        return true
    }

    private func perform(_ passages: [FaultyPipe.Passage]) {
        guard let other, !passages.isEmpty else { return }
        let delay = delay
        let sender = LoopBound(self, loop: loop)
        other.loop.execute {
            for passage in passages { other.value.arrive(passage, after: delay, from: sender) }
        }
        if passages.contains(.cut) { onLoop { $0.wasReset() } }
    }

    // MARK: Receiving

    override func startReading() -> Int32 {
        isListening = true
        onLoop { $0.deliver() }
        return 0
    }

    override func stopReading() {
        isListening = false
        onLoop { $0.deliver() }
    }

    private func arrive(_ passage: FaultyPipe.Passage, after delay: Duration, from sender: LoopBound<MemoryTransport>) {
        guard !isClosed else {
            // A system answers with a reset if bytes arrive for a connection that is closed.
            if case .bytes = passage { sender.loop.execute { sender.value.wasReset() } }
            return
        }
        let now = loop.clock.now
        arrivals.append(Arrival(passage: passage, time: max(now + delay, arrivals.last?.time ?? now)))
        deliver()
    }

    /// Delivers all that has arrived by now, and sets a timer for the next. While reading is paused, only the end and a
    /// reset are noticed.
    private func deliver() {
        while isListening, !isClosed, let first = arrivals.first {
            guard first.time <= loop.clock.now else { return setArrivalTimer(for: first.time) }
            arrivals.removeFirst()
            switch first.passage {
            case .bytes(var bytes):
                bytes.withUnsafeMutableBytes { didReceive($0) }
                let count = bytes.count
                if let other { other.loop.execute { other.value.widen(by: count) } }
            case .end: didFailToReceive(UV_EOF.rawValue)
            case .cut: wasReset()
            }
        }
        noticeEnd()
    }

    /// Notices while reading is paused that the peer has ended or reset the connection: always the last arrival.
    private func noticeEnd() {
        guard !isListening, !isClosed, let last = arrivals.last else { return }
        if case .bytes = last.passage { return }
        guard last.time <= loop.clock.now else { return setArrivalTimer(for: last.time) }
        if last.passage == .cut { return wasReset() }
        guard !hasToldOfEnd, phase == .open else { return }
        hasToldOfEnd = true
        delegate?.transportPeerDidEnd(self)
    }

    private func setArrivalTimer(for time: ContinuousClock.Instant) {
        guard arrivalTimer == nil else { return }
        arrivalTimer = loop.schedule(after: time - loop.clock.now) { [weak self] in
            self?.arrivalTimer = nil
            self?.deliver()
        }
    }

    // MARK: Closing

    override func release(isReset: Bool) {
        arrivalTimer.take().map { loop.cancel($0) }
        if other != nil {
            if isReset || !arrivals.isEmpty {
                perform(pipe.admitReset())
            } else if !hasSentEnd {
                _ = sendEnd()
            }
        }
        other = nil
        arrivals = []
        leave()
    }

    private func wasReset() {
        arrivals = []
        didFailToReceive(UV_ECONNRESET.rawValue)
    }

    /// Begins a fault for the bytes that this end sends. Call it on the loop.
    package func begin(_ fault: FaultyPipe.Fault) { perform(pipe.begin(fault)) }

    /// Ends a stall or a drop of the bytes that this end sends. Call it on the loop.
    package func resumePassage() { perform(pipe.resume()) }

    /// Runs `body` later in this turn, because a medium does not call its transport from inside a call.
    private func onLoop(_ body: @escaping @Sendable (MemoryTransport) -> Void) {
        let end = LoopBound(self, loop: loop)
        loop.execute { body(end.value) }
    }
}
