import Bytes
import EventLoops

/// The owner of a link. It receives each message, and the end of the link once.
package protocol LinkDelegate: AnyObject {
    /// A message was received. The bytes are valid only during the call; those of a text message are valid UTF-8.
    func link(_ link: WebSocketLink, didReceive kind: MessageKind, _ bytes: UnsafeRawBufferPointer)
    /// There is room for more, after ``WebSocketLink/isCongested`` was true or ``WebSocketLink/noteWaiting()`` was
    /// called.
    func linkDidDrain(_ link: WebSocketLink)
    /// A pong was received. The payload is valid only during the call.
    func link(_ link: WebSocketLink, didReceivePong payload: UnsafeRawBufferPointer)
    /// Whether messages wait that the peer has sent before its close frame. Then the close frame waits too, until
    /// ``WebSocketLink/acceptHeldClose()`` is called.
    func linkHasWaitingMessages(_ link: WebSocketLink) -> Bool
    /// The last opportunity to send: after it, a close frame is sent or the connection ends.
    func linkWillClose(_ link: WebSocketLink)
    /// The transport is closed. No calls follow.
    func linkDidClose(_ link: WebSocketLink, _ closure: ConnectionClosure)
}

extension LinkDelegate {
    package func link(_ link: WebSocketLink, didReceivePong payload: UnsafeRawBufferPointer) {}
    package func linkHasWaitingMessages(_ link: WebSocketLink) -> Bool { false }
}

/// An open WebSocket connection over one transport, as server or client. It converts frames to messages and back, answers
/// pings, performs the closing handshake, and pauses reading while there is a reason to.
///
/// Confined to the transport's loop.
@usableFromInline
package final class WebSocketLink {
    /// The number of unsent bytes above which reading pauses. Room for a few responses of the size at which messages
    /// are split.
    package static let highWatermark = 262_144

    @usableFromInline package let transport: Transport
    /// The owner. It is retained until the end, and the transport retains the link, so an open connection stays alive by
    /// itself.
    @exclusivity(unchecked) package var delegate: (any LinkDelegate)?
    package let isServer: Bool
    private let closeTimeout: Duration
    /// Whether frames that were encoded elsewhere can be sent unchanged.
    private let sendsReadyFrames: Bool
    // Unchecked because every message accesses each of these. No call that is made during an access uses the same
    // property.
    @exclusivity(unchecked) private var reader: MessageReader
    @exclusivity(unchecked) @usableFromInline package var writer: MessageWriter
    @exclusivity(unchecked) private var closing: CloseMachine
    @exclusivity(unchecked) private var pauses: PauseReasons = []
    @exclusivity(unchecked) private var isReading = false
    private var closeTimer: TimerToken?
    /// The peer's close frame, if messages that it has sent before still wait.
    private var heldClose: (code: CloseCode?, reason: String)?
    /// The bytes that arrived after the message at which reading paused.
    @exclusivity(unchecked) private var backlog = ByteBuffer()
    /// The payload of a pong that waits until the peer reads. The latest pong answers all earlier pings (RFC 6455,
    /// 5.5.3).
    private var waitingPong: [UInt8]?
    /// The heartbeat; nil if there is none, or the closing handshake has begun.
    @exclusivity(unchecked) package var heartbeat: LinkHeartbeat?
    // Unchecked because every message and every read accesses these.
    /// Whether a whole message, a ping or a pong was received since this was last cleared.
    @exclusivity(unchecked) package var hasLife = false
    /// The number of bytes received since this was last cleared.
    @exclusivity(unchecked) package var bytesReceived = 0
    /// The time at which bytes last arrived, if ``longestSilence`` is set.
    ///
    /// After a longer silence it does not change until ``trust()`` is called, because bytes that arrive then may have
    /// been sent before the silence.
    @exclusivity(unchecked) package private(set) var lastReceived: ContinuousClock.Instant
    /// The longest silence after which ``lastReceived`` is updated; nil if this side does not track silences.
    @exclusivity(unchecked) package var longestSilence: Duration?

    /// - Parameters:
    ///   - room: The number of unsent bytes up to which there is room for more.
    ///   - heartbeat: Starts immediately; nil for none.
    package init(
        _ transport: Transport, role: Role, room: Int = WebSocketLink.highWatermark / 4, limits: MessageLimits,
        deflate: DeflateParameters?, closeTimeout: Duration, heartbeat: Heartbeat? = nil
    ) {
        self.transport = transport
        lastReceived = transport.loop.now
        self.closeTimeout = closeTimeout
        isServer = role == .server
        sendsReadyFrames = isServer && deflate == nil
        transport.highWatermark = Self.highWatermark
        transport.lowWatermark = room
        reader = MessageReader(role: role, limits: limits, deflate: deflate)
        writer = MessageWriter(role: role, deflate: deflate)
        closing = CloseMachine(role: role)
        if let heartbeat { beginHeartbeat(heartbeat) }
    }

    /// Whether messages may still be sent.
    @usableFromInline package var isOpen: Bool { closing.isOpen }

    /// Whether reading is paused for any reason.
    package var isPaused: Bool { !pauses.isEmpty }

    /// Whether reading is paused for a reason that is not among these.
    package func isPaused(besides reasons: PauseReasons) -> Bool { !pauses.subtracting(reasons).isEmpty }

    /// Whether the number of unsent bytes exceeds the high-water mark.
    package var isCongested: Bool { transport.isFull }

    /// Whether streams, and messages that are not responses, may be sent.
    ///
    /// It becomes false long before ``isCongested`` becomes true. Therefore these messages alone never pause reading,
    /// and the peer can still cancel them.
    package var hasRoom: Bool { transport.hasRoom }

    /// Limits the size in bytes of received messages, from the next message on.
    package func limit(messages: Int) {
        reader.limit(messages: messages)
    }

    /// Requests a call of ``LinkDelegate/linkDidDrain(_:)`` when there is room again.
    package func noteWaiting() {
        transport.noteCongestion()
    }
}

// MARK: - Sending

extension WebSocketLink {
    /// Appends one message to the transport's outbox, which is flushed at the end of the loop's turn.
    ///
    /// If the link is closing, the message is dropped silently. The caller learns of the end through ``LinkDelegate``.
    /// - Parameter encode: Appends the payload. If it throws, nothing is sent.
    @inlinable @inline(__always)
    package func send<E: Error>(_ kind: MessageKind, _ encode: (inout ByteBuffer) throws(E) -> Void) throws(E) {
        guard isOpen else { return }
        try transport.withOutbox { (outbox) throws(E) in try append(kind, to: &outbox, encode) }
        didAppend()
    }

    /// A separate function, so that the outbox is accessed once per message.
    @inlinable @inline(__always)
    func append<E: Error>(
        _ kind: MessageKind, to outbox: inout ByteBuffer, _ encode: (inout ByteBuffer) throws(E) -> Void
    ) throws(E) {
        let mark = writer.begin(kind, in: &outbox)
        do {
            try encode(&outbox)
        } catch {
            writer.cancel(mark, in: &outbox)
            throw error
        }
        writer.end(mark, in: &outbox)
    }

    @usableFromInline
    func didAppend() {
        transport.setNeedsFlush()
        guard isCongested else { return }
        transport.noteCongestion()
        // A client must keep reading. Otherwise both sides could wait for each other: the server may not read until the
        // client does.
        if isServer { pause(.backPressure) }
    }

    /// Sends a message that other connections receive too. It never pauses reading, because the peer has not requested
    /// it.
    package func send(_ message: SharedMessage) {
        guard closing.isOpen else { return }
        transport.withOutbox { outbox in
            if sendsReadyFrames, message.writeFrame(into: &outbox) { return }
            message.withPayload { writer.write(message.kind, $0, into: &outbox) }
        }
        transport.setNeedsFlush()
    }

    /// Begins the closing handshake; a no-op if it has already begun.
    package func close(_ code: CloseCode, reason: String) {
        tellOfClose()
        perform(closing.closeRequested(code: code, reason: reason))
    }
}

// MARK: - Reading

extension WebSocketLink {
    /// Adds a reason to pause reading. During the delivery of a message it takes effect after that message.
    package func pause(_ reason: PauseReasons) {
        // After the closing handshake has begun, only the peer's close frame matters. Nothing may delay it.
        guard closing.isOpen else { return }
        pauses.insert(reason)
        if !isReading { transport.pauseReading() }
    }

    /// Removes reasons, and resumes reading if none is left.
    package func resume(_ reasons: PauseReasons) {
        guard !pauses.isDisjoint(with: reasons) else { return }
        heartbeat?.wasPaused = true
        pauses.subtract(reasons)
        guard pauses.isEmpty else { return }
        if longestSilence != nil { trust() }
        if !isReading { readBacklog() }
    }

    /// Processes the bytes that arrived after the pause, then resumes reading from the transport.
    private func readBacklog() {
        if !backlog.isEmpty {
            var bytes = ByteBuffer()
            swap(&bytes, &backlog)
            let consumed = bytes.withMutableBytes { deliver($0) }
            bytes.removeFirst(consumed)
            if !bytes.isEmpty { swap(&bytes, &backlog) }
        }
        if pauses.isEmpty { transport.resumeReading() } else { transport.pauseReading() }
    }

    /// Processes bytes that have arrived. If reading is paused, the remaining bytes are kept.
    package func read(_ bytes: UnsafeMutableRawBufferPointer) {
        bytesReceived &+= bytes.count
        if let longestSilence { noteHeard(longestSilence) }
        let consumed = pauses.isEmpty && backlog.isEmpty ? deliver(bytes) : 0
        guard !pauses.isEmpty else { return }
        backlog.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[consumed...]))
        transport.pauseReading()
    }

    private func noteHeard(_ longestSilence: Duration) {
        let now = transport.loop.now
        if now - lastReceived <= longestSilence { lastReceived = now }
    }

    /// Records that the peer has responded after a long silence.
    package func trust() { lastReceived = transport.loop.now }

    /// Processes messages and control frames from the front of `bytes` until it is used up, or reading is paused.
    /// - Returns: The number of processed bytes.
    private func deliver(_ bytes: UnsafeMutableRawBufferPointer) -> Int {
        var input = bytes
        isReading = true
        defer { isReading = false }
        // After a fragmented message, call the reader once more so that it frees the memory.
        while pauses.isEmpty, closing.isReceiving, !input.isEmpty || reader.gatheredCapacity > 0 {
            switch reader.next(in: &input) {
            case .needMore: return bytes.count
            case .message(let kind, let payload):
                hasLife = true
                if closing.isOpen { delegate?.link(self, didReceive: kind, payload) }
            case .ping(let payload):
                hasLife = true
                pong(payload)
            case .pong(let payload):
                hasLife = true
                if closing.isOpen { delegate?.link(self, didReceivePong: payload) }
            case .close(let payload):
                heldClose = (payload.code, payload.reason)
                if closing.isOpen, delegate?.linkHasWaitingMessages(self) == true {
                    pause(.close)
                } else {
                    acceptHeldClose()
                }
            case .failure(let failure):
                tellOfClose()
                perform(closing.failed(code: failure.code, reason: failure.reason.description))
            }
        }
        return bytes.count - input.count
    }

    private func pong(_ payload: UnsafeRawBufferPointer) {
        guard closing.isOpen else { return }
        guard !isCongested else {
            waitingPong = [UInt8](payload)
            return transport.noteCongestion()
        }
        writer.writePong(payload, into: &transport.outbox)
        transport.setNeedsFlush()
    }
}

// MARK: - Closing

extension WebSocketLink {
    private func tellOfClose() {
        guard closing.isOpen else { return }
        endHeartbeat()
        delegate?.linkWillClose(self)
    }

    /// Processes the peer's close frame, if it waits.
    package func acceptHeldClose() {
        guard let close = heldClose.take() else { return }
        tellOfClose()
        perform(closing.peerSentClose(code: close.code, reason: close.reason))
    }

    private func perform(_ action: CloseMachine.Action) {
        switch action {
        case .nothing: break
        case .sendClose(let code, let reason, let thenDrop):
            writer.writeClose(code, reason: reason, into: &transport.outbox)
            transport.setNeedsFlush()
            if thenDrop { return transport.closeAfterFlush() }
            closeTimer = transport.loop.schedule(after: closeTimeout) { [weak self] in self?.closeTimedOut() }
            pauses = []
            if !isReading { readBacklog() }
            acceptHeldClose()
        case .drop: transport.closeAfterFlush()
        }
    }

    /// Ends the connection because the peer gives no sign of life. Queued data is discarded without waiting for a
    /// response.
    package func giveUp() {
        tellOfClose()
        let reason = "Ping timeout"
        // A client reports a lost connection to its user, although the server receives another close code.
        _ =
            isServer
            ? closing.failed(code: .internalError, reason: reason)
            : closing.failed(code: .abnormal, reason: "No sign of life from the server")
        writer.writeClose(.internalError, reason: reason, into: &transport.outbox)
        drop()
    }

    /// Ends the connection immediately. Queued data that the system accepts at once is still sent.
    package func drop() {
        transport.flushNow()
        transport.close()
    }

    /// Whether this side ended the connection, rather than the peer or the network.
    package var wasEndedHere: Bool { closing.wasEndedHere }

    private func closeTimedOut() {
        closeTimer = nil
        if closing.timedOut() == .drop { transport.close() }
    }
}

extension WebSocketLink {
    /// The known details of how the link ended.
    private var closure: ConnectionClosure {
        guard let outcome = closing.outcome else { return ConnectionClosure(.abnormal) }
        return ConnectionClosure(outcome.code, reason: outcome.reason, isClean: outcome.wasClean)
    }
}

extension WebSocketLink: TransportDelegate {
    package func transport(_ transport: Transport, didRead bytes: UnsafeMutableRawBufferPointer) {
        read(bytes)
    }

    package func transportDidDrain(_ transport: Transport) {
        if let payload = waitingPong {
            waitingPong = nil
            payload.withUnsafeBytes { pong($0) }
        }
        sendWaitingPing()
        resume(.backPressure)
        delegate?.linkDidDrain(self)
    }

    /// The peer has closed its sending side while reading was paused.
    ///
    /// A client still processes the received data, including responses. A server does not, because it would only start
    /// calls without a caller.
    package func transportPeerDidEnd(_ transport: Transport) {
        if isServer {
            transportDidReachEnd(transport)
        } else {
            resume(pauses)
        }
    }

    /// The peer has closed its sending side without a close frame. It still receives the queued data.
    package func transportDidReachEnd(_ transport: Transport) {
        tellOfClose()
        closing.connectionLost()
        transport.closeAfterFlush()
    }

    package func transportDidClose(_ transport: Transport, error: SocketError?) {
        if let closeTimer { transport.loop.cancel(closeTimer) }
        endHeartbeat()
        closing.connectionLost()
        // Free the buffers now, because a reference to this connection may be held for longer.
        backlog.removeAll()
        reader = MessageReader(role: isServer ? .server : .client)
        writer = MessageWriter(role: isServer ? .server : .client)
        let delegate = delegate
        self.delegate = nil
        delegate?.linkDidClose(self, closure)
    }
}
