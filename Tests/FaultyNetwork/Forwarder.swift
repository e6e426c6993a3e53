import Bytes
import EventLoops

/// One direction of a proxied connection: forwards bytes from one socket to another, with the current faults.
///
/// Confined to the loop. It is the delegate of the socket that it reads from.
final class Forwarder: TransportDelegate {
    /// The number of buffered bytes above which reading from the source is paused.
    private static let most = 65_536

    let source: Socket
    private let target: Socket
    /// The opposite direction, which is the delegate of the target.
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

    /// Forwards the buffered bytes, then closes the target.
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

    /// Writes the bytes that are due, until the target is full.
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

    // MARK: TransportDelegate

    func transport(_ socket: Transport, didRead bytes: UnsafeMutableRawBufferPointer) {
        guard !hasEnded else { return }
        held.append((source.loop.now + latency, Array(bytes)))
        heldBytes += bytes.count
        if heldBytes > Self.most { source.pauseReading() }
        pump()
    }

    /// The source is the target of the opposite direction, which can write again.
    func transportDidDrain(_ socket: Transport) { back?.pump() }

    /// Ignored: the end is reported again when reading resumes.
    func transportPeerDidEnd(_ socket: Transport) {}

    func transportDidReachEnd(_ socket: Transport) {
        hasEnded = true
        pump()
    }

    func transportDidClose(_ socket: Transport, error: SocketError?) {
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
