/// One try to reach an endpoint: look its name up, then one address after another, within one time limit.
///
/// Unchecked because all state is touched on the loop alone: both entrances go through ``EventLoop/execute(_:)``.
package final class ConnectAttempt: @unchecked Sendable {
    package typealias Completion = @Sendable (Result<Socket, SocketError>) -> Void

    private let endpoint: Endpoint
    private let loop: EventLoop
    private let timeout: Duration
    private var completion: Completion?
    private var isOver = false
    private var deadline: ContinuousClock.Instant
    private var timer: TimerToken?
    private var resolver: Resolver?
    private var addresses: ArraySlice<RawAddress> = []
    private var pending: PendingConnection?

    init(to endpoint: Endpoint, on loop: EventLoop, timeout: Duration) {
        self.endpoint = endpoint
        self.loop = loop
        self.timeout = timeout
        deadline = .now + timeout
    }

    /// Gives up: the completion is called with `.cancelled` unless it was called before. On any thread.
    package func cancel() {
        loop.execute { [self] in finish(.failure(SocketError(.cancelled, .connect))) }
    }

    func start(_ completion: @escaping Completion) {
        loop.execute { [self] in
            guard !isOver else { return completion(.failure(SocketError(.cancelled, .connect))) }
            self.completion = completion
            begin()
        }
    }

    private func begin() {
        guard !loop.isEnding else { return finish(.failure(SocketError(.cancelled, .connect))) }
        setTimer(until: deadline)
        switch endpoint {
        case .tcp(let host, let port):
            resolver = Resolver.resolve(host: host, port: port, on: loop) { [weak self] in self?.didResolve($0) }
        case .unix(let path):
            let address = RawAddress(path: path)
            didResolve(address.map { .success([$0]) } ?? .failure(SocketError(.nameTooLong, .connect)))
        }
    }

    private func didResolve(_ answer: Resolver.Answer) {
        guard !isOver else { return }
        switch answer {
        case .success(let found):
            addresses = found[...]
            tryNextAddress(after: SocketError(.hostNotFound, .resolve))
        case .failure(let error):
            finish(.failure(error))
        }
    }

    private func tryNextAddress(after error: SocketError) {
        var error = error
        while let address = addresses.popFirst() {
            // An address that does not answer must leave time for those behind it.
            let now = ContinuousClock.now
            setTimer(until: now + (deadline - now) / (addresses.count + 1))
            do throws(SocketError) {
                pending = try PendingConnection(to: address, on: loop) { [weak self] result in self?.didTry(result) }
                return
            } catch let refusal {
                error = refusal
            }
        }
        finish(.failure(error))
    }

    private func didTry(_ result: Result<Socket, SocketError>) {
        pending = nil
        guard !isOver else {
            if case .success(let socket) = result { socket.close() }
            return
        }
        switch result {
        case .success: finish(result)
        case .failure(let error): tryNextAddress(after: error)
        }
    }

    private func setTimer(until time: ContinuousClock.Instant) {
        timer.take().map { loop.cancel($0) }
        // Strong: while it is under way, an attempt lives with its timer.
        timer = loop.schedule(after: time - .now) { [self] in didRunOutOfTime() }
    }

    private func didRunOutOfTime() {
        timer = nil
        let error = SocketError(.timedOut, .connect)
        guard ContinuousClock.now < deadline, !addresses.isEmpty else { return finish(.failure(error)) }
        dropPending()
        tryNextAddress(after: error)
    }

    private func finish(_ result: Result<Socket, SocketError>) {
        guard !isOver else { return }
        isOver = true
        timer.take().map { loop.cancel($0) }
        resolver.take()?.cancel()
        dropPending()
        completion.take()?(result)
    }

    /// Its completion comes back here and must not count as an answer.
    private func dropPending() {
        pending.take()?.cancel()
    }
}
