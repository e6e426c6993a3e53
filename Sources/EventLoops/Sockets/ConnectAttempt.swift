/// An attempt to connect to an endpoint: resolves its name, then races its addresses (``AddressRace``).
///
/// One timeout covers both steps. Unchecked because all state is accessed on the loop only: `start` and `cancel` both
/// use ``EventLoop/execute(_:)``.
package final class ConnectAttempt: @unchecked Sendable {
    private enum Target {
        case endpoint(Endpoint)
        /// Numeric IP addresses. Others are ignored.
        case addresses([SocketAddress])
    }

    package typealias Completion = @Sendable (Result<Socket, SocketError>) -> Void

    private let target: Target
    private let loop: EventLoop
    private var completion: Completion?
    private var isOver = false
    private let deadline: ContinuousClock.Instant
    private var timer: TimerToken?
    private var resolver: Resolver?
    private var addresses: [RawAddress] = []
    private var race: AddressRace?
    /// The connections in progress, by the index of their address.
    private var pending: [Int: PendingConnection] = [:]

    convenience init(to endpoint: Endpoint, on loop: EventLoop, timeout: Duration) {
        self.init(.endpoint(endpoint), loop, timeout)
    }

    /// Creates an attempt that needs no name resolution.
    convenience init(toFirstOf addresses: [SocketAddress], on loop: EventLoop, timeout: Duration) {
        self.init(.addresses(addresses), loop, timeout)
    }

    private init(_ target: Target, _ loop: EventLoop, _ timeout: Duration) {
        self.target = target
        self.loop = loop
        deadline = loop.clock.now + timeout.asDelay
    }

    /// Cancels the attempt. Unless the completion has already been called, it is called with `.cancelled`. Thread-safe.
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
        guard !loop.isEnding else { return finish(.failure(loop.endError(.connect))) }
        setTimer(until: deadline)
        switch target {
        case .endpoint(.tcp(let host, let port)):
            resolver = Resolver.resolve(host: host, port: port, on: loop) { [weak self] in self?.didResolve($0) }
        case .endpoint(.unix(let path)):
            let address = RawAddress(path: path)
            didResolve(address.map { .success([$0]) } ?? .failure(SocketError(.nameTooLong, .connect)))
        case .addresses(let addresses):
            didResolve(.success(addresses.compactMap { RawAddress(digits: $0.host ?? "", port: $0.port ?? 0) }))
        }
    }

    private func didResolve(_ answer: Resolver.Answer) {
        guard !isOver else { return }
        switch answer {
        case .success(let found):
            addresses = found
            race = AddressRace(families: found.map(\.family), start: loop.clock.now, deadline: deadline)
            goOn()
        case .failure(let error):
            finish(.failure(error))
        }
    }

    private func goOn() {
        while !isOver {
            switch race?.next(at: raceTime) {
            case .start(let number): begin(number)
            case .wait(let time): return setTimer(until: time)
            case .fail(let error): finish(.failure(error))
            case nil: finish(.failure(SocketError(.timedOut, .connect)))
            }
        }
    }

    /// The current time for the race, always before the deadline unless a timer runs.
    ///
    /// When one address fails, the answer of another may have arrived in the same turn. Timers run after the sockets
    /// have been read, so only a timer may find that the deadline has passed.
    private var raceTime: ContinuousClock.Instant {
        loop.dueTime ?? min(loop.clock.now, deadline - .nanoseconds(1))
    }

    private func begin(_ number: Int) {
        do throws(SocketError) {
            pending[number] = try PendingConnection(to: addresses[number], on: loop) { [weak self] result in
                self?.didTry(number, result)
            }
        } catch {
            race?.failed(number, error, at: loop.clock.now)
        }
    }

    private func didTry(_ number: Int, _ result: Result<Socket, SocketError>) {
        pending[number] = nil
        guard !isOver else {
            if case .success(let socket) = result { socket.close() }
            return
        }
        switch result {
        case .success: finish(result)
        case .failure(let error):
            race?.failed(number, error, at: loop.clock.now)
            goOn()
        }
    }

    private func setTimer(until time: ContinuousClock.Instant) {
        timer.take().map { loop.cancel($0) }
        // A strong reference: the timer keeps the attempt alive while it is in progress.
        timer = loop.schedule(after: time - loop.clock.now) { [self] in
            timer = nil
            goOn()
        }
    }

    private func finish(_ result: Result<Socket, SocketError>) {
        guard !isOver else { return }
        isOver = true
        timer.take().map { loop.cancel($0) }
        resolver.take()?.cancel()
        // Their completions call `didTry`, which ignores them because `isOver` is set.
        let losers = pending.values
        pending = [:]
        for loser in losers { loser.cancel() }
        completion.take()?(result)
    }
}
