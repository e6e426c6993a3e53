import CUV

/// The closures that a listener calls for accepted connections and for errors.
struct AcceptHandlers: Sendable {
    let accept: @Sendable (Socket) -> Void
    let didFail: (@Sendable (SocketError) -> Void)?
}

/// Accepts connections on one listening descriptor, on one loop. Confined to that loop.
///
/// It polls the descriptor itself instead of using `uv_listen`. When libuv 1.44 runs out of descriptors there, it uses
/// a spare one to accept and close all pending connections, without an error. Here they stay in the kernel's queue.
final class Acceptor: LoopMember {
    /// The maximum number of connections accepted per readiness event. Then other descriptors are served.
    private static let batch = 64
    private static let backOff = Duration.milliseconds(100)
    private static let reportInterval = Duration.seconds(1)
    /// The time that a stand-in leaves to the loop that should accept a connection, before it accepts it.
    private static let patience = Duration.milliseconds(10)

    private let descriptor: Int32
    /// The loops that own the accepted sockets, in rotation.
    private let targets: [EventLoop]
    /// Whether it accepts only connections that another loop does not accept in time.
    private let isStandIn: Bool
    private let handlers: AcceptHandlers
    private var turn = 0
    private var poll: UnsafeMutablePointer<uv_poll_t>?
    private var retry: TimerToken?
    private var lastReport: ContinuousClock.Instant?
    private var isClosed = false
    private var closeWaiters: [@Sendable () -> Void] = []

    /// Creates an acceptor, which takes ownership of the descriptor.
    init(
        descriptor: Int32, on loop: EventLoop, targets: [EventLoop], isStandIn: Bool, handlers: AcceptHandlers
    ) {
        self.descriptor = descriptor
        self.targets = targets
        self.isStandIn = isStandIn
        self.handlers = handlers
        super.init(loop: loop)
    }

    func start() throws(SocketError) {
        guard !loop.isEnding else { throw loop.endError(.listen) }
        let poll = UnsafeMutablePointer<uv_poll_t>.allocate(capacity: 1)
        let result = uv_poll_init(loop.uv, poll, descriptor)
        guard result == 0 else {
            poll.deallocate()
            throw SocketError(result, .listen)
        }
        hold(poll)
        self.poll = poll
        listen()
    }

    /// Stops accepting. `completion` is called on the loop when the descriptor is closed.
    func close(_ completion: @escaping @Sendable () -> Void) {
        guard !isClosed else { return completion() }
        closeWaiters.append(completion)
        guard closeWaiters.count == 1 else { return }
        stop()
    }

    override func loopWillEnd() {
        if closeWaiters.isEmpty { close {} }
    }

    override func didLeaveLoop() {
        isClosed = true
        cuv_close(descriptor)
        for waiter in closeWaiters.takeAll() { waiter() }
    }

    private func stop() {
        retry.take().map { loop.cancel($0) }
        if let poll = self.poll.take() {
            release(poll)
        } else {
            didLeaveLoop()
        }
    }

    private func listen() {
        guard let poll else { return }
        uv_poll_start(poll, Int32(UV_READABLE.rawValue), onReadable)
    }

    fileprivate func connectionsWait() {
        if isStandIn { standBy() } else { acceptBatch() }
    }

    /// Stops polling for ``patience``, then accepts the connections that the other loop has not accepted.
    private func standBy() {
        guard let poll else { return }
        uv_poll_stop(poll)
        retry = loop.schedule(after: Self.patience) { [weak self] in
            guard let self else { return }
            retry = nil
            acceptBatch()
            if retry == nil { listen() }
        }
    }

    private func acceptBatch() {
        for _ in 0..<Self.batch where poll != nil {
            var peer = RawAddress()
            let accepted = cuv_accept(descriptor, &peer.storage, &peer.length)
            switch accepted {
            case 0...: handOver(accepted, peer: peer)
            case UV_EAGAIN.rawValue: return
            // The peer disconnected before its connection was accepted.
            case UV_ECONNABORTED.rawValue, UV_EINTR.rawValue, UV_EPROTO.rawValue: continue
            default: return standBack(SocketError(accepted, .accept))
            }
        }
    }

    private func handOver(_ accepted: Int32, peer: RawAddress) {
        let target = nextTarget()
        if target === loop {
            deliver(accepted, peer, target, handlers)
        } else {
            target.execute { [handlers] in deliver(accepted, peer, target, handlers) }
        }
    }

    /// Returns the next loop in rotation that does not run labelled work. If all do, returns the next loop.
    private func nextTarget() -> EventLoop {
        let first = turn
        turn &+= 1
        for offset in targets.indices {
            let target = targets[(first &+ offset) % targets.count]
            if !target.isAtWork { return target }
        }
        return targets[first % targets.count]
    }

    /// Stops polling for ``backOff`` after an error, such as a lack of descriptors or memory.
    ///
    /// Connections stay in the kernel's queue until the next try.
    private func standBack(_ error: SocketError) {
        guard let poll else { return }
        uv_poll_stop(poll)
        retry = loop.schedule(after: Self.backOff) { [weak self] in self?.tryAgain() }
        guard !isStandIn else { return }
        let now = loop.now
        if let lastReport, now - lastReport < Self.reportInterval { return }
        lastReport = now
        handlers.didFail?(error)
    }

    private func tryAgain() {
        retry = nil
        listen()
    }
}

/// Passes an accepted connection to the handler, on the loop that will own the socket.
private func deliver(_ accepted: Int32, _ peer: RawAddress, _ loop: EventLoop, _ handlers: AcceptHandlers) {
    do throws(SocketError) {
        handlers.accept(try Socket.adopt(accepted, peer: peer, on: loop))
    } catch {
        handlers.didFail?(error)
    }
}

private func onReadable(_ poll: UnsafeMutablePointer<uv_poll_t>?, _ status: Int32, _ events: Int32) {
    guard let data = poll.unsafelyUnwrapped.pointee.data else { return }
    Unmanaged<Acceptor>.fromOpaque(data).takeUnretainedValue().connectionsWait()
}
