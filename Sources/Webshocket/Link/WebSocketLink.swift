import Bytes
import EventLoops

/// Who owns a link: told of each message, and once of the end.
protocol LinkDelegate: AnyObject {
    /// The bytes are lent for the call; those of a text message are valid UTF-8.
    func link(_ link: WebSocketLink, didReceive kind: MessageKind, _ bytes: UnsafeRawBufferPointer)
    /// There is room for more after ``WebSocketLink/isCongested`` or ``WebSocketLink/noteWaiting()``.
    func linkDidDrain(_ link: WebSocketLink)
    /// The payload is lent for the call.
    func link(_ link: WebSocketLink, didReceivePong payload: UnsafeRawBufferPointer)
    /// The last moment at which something can be sent: a close frame follows, or the end.
    func linkWillClose(_ link: WebSocketLink)
    /// The last call; the socket is closed.
    func linkDidClose(_ link: WebSocketLink, _ closure: ConnectionClosure)
}

extension LinkDelegate {
    func link(_ link: WebSocketLink, didReceivePong payload: UnsafeRawBufferPointer) {}
}

/// An open WebSocket over one socket, of either role: frames become messages and back, pings are answered, the closing
/// handshake is kept, and reading pauses while there is a reason to.
///
/// Confined to the socket's loop.
final class WebSocketLink {
    /// Why reading is paused; it goes on when no reason is left.
    struct PauseReasons: OptionSet {
        let rawValue: UInt8
        /// Other loops are behind with what was published.
        static let hub = PauseReasons(rawValue: 1 << 5)
        /// The handler is behind with who joins and leaves rooms.
        static let memberships = PauseReasons(rawValue: 1 << 6)
        /// The client does not read what it is sent.
        static let backPressure = PauseReasons(rawValue: 1 << 0)
        /// As many calls are in flight as may be.
        static let callsInFlight = PauseReasons(rawValue: 1 << 1)
        /// The handler has not returned from `onConnect` or from the last message.
        static let handler = PauseReasons(rawValue: 1 << 2)
        /// The owner's queue of received packets is full.
        static let inbox = PauseReasons(rawValue: 1 << 3)
        /// The owner's queue has many answers that the client does not read.
        static let answersWait = PauseReasons(rawValue: 1 << 4)
    }

    /// Unsent bytes above which nothing more is read: room for a few replies of the size at which messages are split.
    static let highWatermark = 262_144

    let socket: Socket
    /// Kept until the end, as the socket keeps the link: an open connection lives without anyone else's help.
    var delegate: (any LinkDelegate)?
    let isServer: Bool
    private let closeTimeout: Duration
    /// Whether messages that were framed elsewhere can be sent as they are.
    private let sendsReadyFrames: Bool
    // Unchecked: each is used with every message, and by none of the calls that are made while one of them is in use.
    @exclusivity(unchecked) private var reader: MessageReader
    @exclusivity(unchecked) var writer: MessageWriter
    @exclusivity(unchecked) private var closing: CloseMachine
    @exclusivity(unchecked) private var pauses: PauseReasons = []
    @exclusivity(unchecked) private var isReading = false
    private var closeTimer: TimerToken?
    /// What had arrived behind the message at which reading paused.
    private var backlog = ByteBuffer()
    /// A pong that waits for the peer to read: the latest one answers all pings before it (RFC 6455, 5.5.3).
    private var waitingPong: [UInt8]?
    /// Nil without one, and when the closing handshake has begun.
    @exclusivity(unchecked) var heartbeat: LinkHeartbeat?
    // Unchecked, as what every message and every read touches.
    /// A whole message, a ping or a pong has come since this was last cleared.
    @exclusivity(unchecked) var hasLife = false
    /// Since this was last cleared.
    @exclusivity(unchecked) var bytesReceived = 0
    /// When bytes last arrived, if ``longestSilence`` is set. After a longer silence it stays as it is until ``trust()``:
    /// what arrives then may have been sent before the silence.
    private(set) var lastHeard = ContinuousClock.now
    /// Nil for a side that does not judge silences.
    var longestSilence: Duration?

    /// - Parameters:
    ///   - room: unsent bytes up to which there is room.
    ///   - heartbeat: begins now; nil for none.
    init(
        _ socket: Socket, role: Role, room: Int = WebSocketLink.highWatermark / 4, limits: MessageLimits,
        deflate: DeflateParameters?, closeTimeout: Duration, heartbeat: Heartbeat? = nil
    ) {
        self.socket = socket
        self.closeTimeout = closeTimeout
        isServer = role == .server
        sendsReadyFrames = isServer && deflate == nil
        socket.highWatermark = Self.highWatermark
        socket.lowWatermark = room
        reader = MessageReader(role: role, limits: limits, deflate: deflate)
        writer = MessageWriter(role: role, deflate: deflate)
        closing = CloseMachine(role: role)
        if let heartbeat { beginHeartbeat(heartbeat) }
    }

    /// Whether messages may still be sent.
    var isOpen: Bool { closing.isOpen }

    /// Whether there is a reason not to read.
    var isPaused: Bool { !pauses.isEmpty }

    /// Whether more waits for the peer to read than should.
    var isCongested: Bool { socket.isFull }

    /// Whether a stream may send on, and what is no reply. Long before ``isCongested``, so that these alone never keep
    /// the peer from being read, which may want to end them.
    var hasRoom: Bool { socket.hasRoom }

    /// From the next message on takes those of so many bytes at most.
    func limit(messages: Int) {
        reader.limit(messages: messages)
    }

    /// Sees to it that ``LinkDelegate/linkDidDrain(_:)`` comes when there is room again.
    func noteWaiting() {
        socket.noteCongestion()
    }
}

// MARK: - Sending

extension WebSocketLink {
    /// Appends one message to the socket's outbox; it leaves at the end of the loop's turn.
    ///
    /// Dropped in silence when the link is closing: whoever waits for an answer learns of the end by ``LinkDelegate``.
    /// - Parameter encode: appends the payload. When it throws, nothing is sent.
    @inline(__always)
    func send<E: Error>(_ kind: MessageKind, _ encode: (inout ByteBuffer) throws(E) -> Void) throws(E) {
        guard closing.isOpen else { return }
        try socket.withOutbox { (outbox) throws(E) in try append(kind, to: &outbox, encode) }
        socket.setNeedsFlush()
        guard isCongested else { return }
        socket.noteCongestion()
        // A client must read on: the server may be waiting for it to do so before it reads what is unsent here.
        if isServer { pause(.backPressure) }
    }

    /// On its own, so that the outbox is accessed once for a message.
    @inline(__always)
    private func append<E: Error>(
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

    /// Sends what other connections get too. However large, it does not keep the peer from being read: it is nothing
    /// that the peer has asked for.
    func send(_ message: SharedMessage) {
        guard closing.isOpen else { return }
        socket.withOutbox { outbox in
            if sendsReadyFrames, message.writeFrame(into: &outbox) { return }
            message.withPayload { writer.write(message.kind, $0, into: &outbox) }
        }
        socket.setNeedsFlush()
    }

    /// Begins the closing handshake; harmless when it has begun.
    func close(_ code: CloseCode, reason: String) {
        tellOfClose()
        perform(closing.closeRequested(code: code, reason: reason))
    }
}

// MARK: - Reading

extension WebSocketLink {
    /// Stops reading for one more reason; inside a message's delivery it takes effect behind that message.
    func pause(_ reason: PauseReasons) {
        // From the closing handshake on, only the peer's close frame matters: nothing may hold it up.
        guard closing.isOpen else { return }
        pauses.insert(reason)
        if !isReading { socket.pauseReading() }
    }

    /// Takes reasons away, and reads on when none is left.
    func resume(_ reasons: PauseReasons) {
        guard !pauses.isDisjoint(with: reasons) else { return }
        heartbeat?.wasPaused = true
        pauses.subtract(reasons)
        guard pauses.isEmpty else { return }
        if longestSilence != nil { trust() }
        if !isReading { readBacklog() }
    }

    /// Reads what had arrived behind the pause, then lets the socket read on.
    private func readBacklog() {
        if !backlog.isEmpty {
            var bytes = ByteBuffer()
            swap(&bytes, &backlog)
            let consumed = bytes.withMutableBytes { deliver($0) }
            bytes.removeFirst(consumed)
            if !bytes.isEmpty { swap(&bytes, &backlog) }
        }
        if pauses.isEmpty { socket.resumeReading() } else { socket.pauseReading() }
    }

    /// Reads what has just arrived; what stands behind a pause is kept for later.
    func read(_ bytes: UnsafeMutableRawBufferPointer) {
        bytesReceived &+= bytes.count
        if let longestSilence { noteHeard(longestSilence) }
        let consumed = pauses.isEmpty && backlog.isEmpty ? deliver(bytes) : 0
        guard !pauses.isEmpty else { return }
        backlog.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[consumed...]))
        socket.pauseReading()
    }

    private func noteHeard(_ longestSilence: Duration) {
        let now = socket.loop.now
        if now - lastHeard <= longestSilence { lastHeard = now }
    }

    /// The peer has shown after a long silence that it is there.
    func trust() { lastHeard = socket.loop.now }

    /// Takes events off the front of `bytes` until it is used up, or there is a reason to pause.
    /// - Returns: how many bytes were taken.
    private func deliver(_ bytes: UnsafeMutableRawBufferPointer) -> Int {
        var input = bytes
        isReading = true
        defer { isReading = false }
        // Behind a message that was gathered the reader is asked once more, for it to let go of the memory.
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
                tellOfClose()
                perform(closing.peerSentClose(code: payload.code, reason: payload.reason))
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
            return socket.noteCongestion()
        }
        writer.writePong(payload, into: &socket.outbox)
        socket.setNeedsFlush()
    }
}

// MARK: - Closing

extension WebSocketLink {
    private func tellOfClose() {
        guard closing.isOpen else { return }
        endHeartbeat()
        delegate?.linkWillClose(self)
    }

    private func perform(_ action: CloseMachine.Action) {
        switch action {
        case .nothing: break
        case .sendClose(let code, let reason, let thenDrop):
            writer.writeClose(code, reason: reason, into: &socket.outbox)
            socket.setNeedsFlush()
            if thenDrop { return socket.closeAfterFlush() }
            closeTimer = socket.loop.schedule(after: closeTimeout) { [weak self] in self?.closeTimedOut() }
            pauses = []
            if !isReading { readBacklog() }
        case .drop: socket.closeAfterFlush()
        }
    }

    /// The peer gives no sign of life: what is held for it is let go of now, without a wait for its answer.
    func giveUp() {
        tellOfClose()
        let reason = "Ping timeout"
        // To whoever uses a client it is the connection that was lost, whatever the server is told of it.
        _ =
            isServer
            ? closing.failed(code: .internalError, reason: reason)
            : closing.failed(code: .abnormal, reason: "No sign of life from the server")
        writer.writeClose(.internalError, reason: reason, into: &socket.outbox)
        drop()
    }

    /// Ends the connection now; of what is queued leaves what the system takes at once.
    func drop() {
        socket.flushNow()
        socket.close()
    }

    /// Whether this side ended the connection, rather than the peer or the network.
    var wasEndedHere: Bool { closing.wasEndedHere }

    private func closeTimedOut() {
        closeTimer = nil
        if closing.timedOut() == .drop { socket.close() }
    }
}

extension WebSocketLink {
    /// How the link ended, as far as it is known.
    private var closure: ConnectionClosure {
        guard let outcome = closing.outcome else { return ConnectionClosure(.abnormal) }
        return ConnectionClosure(outcome.code, reason: outcome.reason, isClean: outcome.wasClean)
    }
}

extension WebSocketLink: SocketDelegate {
    func socket(_ socket: Socket, didRead bytes: UnsafeMutableRawBufferPointer) {
        read(bytes)
    }

    func socketDidDrain(_ socket: Socket) {
        if let payload = waitingPong {
            waitingPong = nil
            payload.withUnsafeBytes { pong($0) }
        }
        sendWaitingPing()
        resume(.backPressure)
        delegate?.linkDidDrain(self)
    }

    /// The peer has ended its side while nothing was read from it. A client reads what has arrived still, replies among
    /// it; a server would only begin calls whose caller is gone.
    func socketPeerDidEnd(_ socket: Socket) {
        if isServer {
            socketDidReachEnd(socket)
        } else {
            resume(pauses)
        }
    }

    /// A peer that has said all it had to say without a close frame still gets what is queued for it.
    func socketDidReachEnd(_ socket: Socket) {
        tellOfClose()
        closing.connectionLost()
        socket.closeAfterFlush()
    }

    func socketDidClose(_ socket: Socket, error: SocketError?) {
        if let closeTimer { socket.loop.cancel(closeTimer) }
        endHeartbeat()
        closing.connectionLost()
        // Whoever still holds a face of this connection shall not hold its buffers.
        backlog.removeAll()
        reader = MessageReader(role: isServer ? .server : .client)
        writer = MessageWriter(role: isServer ? .server : .client)
        let delegate = delegate
        self.delegate = nil
        delegate?.linkDidClose(self, closure)
    }
}
