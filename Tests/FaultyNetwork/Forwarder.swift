import Bytes
import EventLoops

/// One direction of a connection: what is read from one socket is written to the other, late, in pieces, or not for
/// now.
///
/// Confined to the loop. It is the delegate of the socket that it reads from.
final class Forwarder: SocketDelegate {
    /// Bytes that are held at most, and one read more; then the source is not read from.
    private static let most = 65_536

    let source: Socket
    private let target: Socket
    /// The other direction, which hears what happens at the target.
    weak var back: Forwarder?
    var didClose: (() -> Void)?
    var latency = Duration.zero
    var piece: Int?
    private(set) var bytes = 0
    private var held: [(due: ContinuousClock.Instant, bytes: [UInt8])] = []
    private var heldBytes = 0
    private var timer: TimerToken?
    private var stallTimer: TimerToken?
    private var isPumpQueued = false
    private var hasEnded = false

    init(from source: Socket, to target: Socket) {
        self.source = source
        self.target = target
    }

    func start() { source.start(delegate: self) }

    /// Forwards what is held, and ends the target behind it.
    func end() {
        hasEnded = true
        source.pauseReading()
        pump()
    }

    func stall(for time: Duration) {
        stallTimer.take().map { source.loop.cancel($0) }
        source.pauseReading()
        stallTimer = source.loop.schedule(after: time) { [weak self] in
            guard let self else { return }
            stallTimer = nil
            pump()
        }
    }

    /// Writes what is due as far as the target takes it.
    private func pump() {
        guard stallTimer == nil, !source.isClosed || hasEnded, !target.isClosed else { return }
        while let first = held.first, !isPumpQueued {
            guard first.due <= source.loop.now else { return pump(at: first.due) }
            guard !target.isFull else { return target.noteCongestion() }
            write(first.bytes)
        }
        guard held.isEmpty else { return }
        if hasEnded { target.closeAfterFlush() } else { source.resumeReading() }
    }

    private func write(_ chunk: [UInt8]) {
        let count = min(piece ?? chunk.count, chunk.count)
        target.outbox.append(contentsOf: chunk[..<count])
        bytes += count
        heldBytes -= count
        if count < chunk.count { held[0].bytes = Array(chunk[count...]) } else { held.removeFirst() }
        guard piece != nil else { return target.setNeedsFlush() }
        target.flushNow()
        isPumpQueued = true
        let here = LoopBound(self, loop: source.loop)
        source.loop.execute {
            here.value.isPumpQueued = false
            here.value.pump()
        }
    }

    private func pump(at due: ContinuousClock.Instant) {
        guard timer == nil else { return }
        timer = source.loop.schedule(after: due - source.loop.now) { [weak self] in
            guard let self else { return }
            timer = nil
            pump()
        }
    }

    // MARK: SocketDelegate

    func socket(_ socket: Socket, didRead bytes: UnsafeMutableRawBufferPointer) {
        guard !hasEnded else { return }
        held.append((source.loop.now + latency, Array(bytes)))
        heldBytes += bytes.count
        if heldBytes > Self.most { source.pauseReading() }
        pump()
    }

    /// The source is the other direction's target.
    func socketDidDrain(_ socket: Socket) { back?.pump() }

    /// It is noticed again when it is read.
    func socketPeerDidEnd(_ socket: Socket) {}

    func socketDidReachEnd(_ socket: Socket) {
        hasEnded = true
        pump()
    }

    func socketDidClose(_ socket: Socket, error: SocketError?) {
        timer.take().map { socket.loop.cancel($0) }
        stallTimer.take().map { socket.loop.cancel($0) }
        if error != nil {
            held = []
            target.reset()
        } else {
            hasEnded = true
            pump()
            if held.isEmpty || target.isClosed { target.closeAfterFlush() }
        }
        didClose?()
    }
}
