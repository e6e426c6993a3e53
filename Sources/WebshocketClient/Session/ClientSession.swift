import EventLoops

/// The state of a client across its connections. It connects and reconnects, queues messages, and fails the calls of a
/// lost connection.
///
/// Confined to the event loop. ``ReconnectMachine`` decides when to connect; ``ClientConnection`` is the current
/// connection.
final class ClientSession {
    /// A connection that is being prepared, and its session.
    struct Preparing: Sendable, Equatable {
        let session: ObjectIdentifier
        let connection: UInt64
    }

    /// The connection that the current task prepares; see ``ClientConfiguration/prepare``.
    @TaskLocal static var preparing: Preparing?

    let loop: EventLoop
    let url: Result<WebSocketURL, ClientError>
    let configuration: ClientConfiguration
    let status: ClientStatus
    let observers: ClientObservers
    /// The client; nil after it was released. The session then makes no more connections.
    weak var client: WebSocketClient?

    var machine: ReconnectMachine
    /// The connection that is open or being prepared, until it has ended.
    var connection: ClientConnection?
    /// The number of the current connection attempt and its connection.
    var attempt: UInt64 = 0
    var connecting: Task<Void, Never>?
    var preparation: Task<Void, Never>?
    /// The timer of the pause before the next attempt, or of the current step.
    var timer: TimerToken?
    /// Whether another attempt would use new credentials.
    var credentials: FreshCredentials
    /// Whether the preparation failed because the server refused the token.
    var tokenWasRefused = false
    /// The error of the failed preparation of a connection that is closing.
    var preparationFailure: (any Error)?
    var connectWaiters: [ConnectWaiter] = []
    /// Whether the current attempts are made only for callers that wait for them.
    var isAskedFor = false
    var closeWaiters: [CheckedContinuation<Void, Never>] = []
    /// The reason why the client has no connection and does not try to connect.
    var ending: (any Error)?

    /// The limits of the connection's server, as far as they are known.
    var limits: AnnouncedLimits
    /// The number of responses, to the token and to the hello, that a new connection still waits for.
    var greetingsLeft = 0
    /// Nil without a heartbeat.
    var silence: SilenceWatch?
    /// The timeout of the pong that all messages wait for.
    var silenceTimer: TimerToken?
    /// Set when the connection's server announces its shutdown.
    var shutdown: Shutdown?
    /// The timeout for a server that is shutting down to close the connection.
    var farewellTimer: TimerToken?
    var renewal: ClientRenewal

    var pending = PendingCalls()
    var streams = OpenStreams()
    var received: ReceivedPackets
    var interests = ClientInterests()
    var queue = OutgoingQueue<OutgoingMessage>()
    var lastSequence: UInt64 = 0
    /// The number of the last call that the session made itself.
    var lastOwnCall: UInt64 = 0

    typealias Waiter = CheckedContinuation<Result<Void, any Error>, Never>

    struct ConnectWaiter {
        let id: UInt64
        let retry: RetryPolicy?
        let waiter: Waiter
    }

    init(
        _ url: Result<WebSocketURL, ClientError>, _ configuration: ClientConfiguration, on loop: EventLoop,
        status: ClientStatus, observers: ClientObservers
    ) {
        self.url = url
        self.configuration = configuration
        self.loop = loop
        self.status = status
        self.observers = observers
        machine = ReconnectMachine(reconnect: configuration.reconnect)
        credentials = FreshCredentials(
            headers: configuration.credentials != nil, token: configuration.token != nil)
        limits = AnnouncedLimits(elements: configuration.requestElements)
        renewal = ClientRenewal(machine: RenewalMachine(pauses: configuration.reconnect))
        received = ReceivedPackets(
            capacity: configuration.inboxSize, byteCapacity: configuration.inboxBytes)
    }

    var inboxSize: Int { configuration.inboxSize }

    /// The error for operations other than `connect`. An error that is not a connection error, such as one of
    /// ``ClientConfiguration/prepare``, is thrown only by `connect`.
    var absence: ClientError {
        switch ending {
        case nil: .notConnected
        case let error as ClientError: error
        case let error?: ClientError(.notConnected, "the client could not connect: \(error)")
        }
    }

    /// The error for a call or a message that cannot be sent.
    var unavailable: ClientError {
        var error = absence
        error.delivery = .notSent
        return error
    }
}

// MARK: - Requests

extension ClientSession {
    /// Connects. Resumes the waiter when the client is connected or the attempts have ended.
    /// - Parameter retry: The policy if the first attempt fails; nil to keep the current policy.
    func connect(retry: RetryPolicy?, id: UInt64, _ waiter: Waiter?) {
        do throws(ClientError) {
            try configuration.check()
            try retry?.check("retry")
            _ = try url.get()
        } catch {
            if machine.phase == .idle { ending = error }
            waiter?.resume(returning: .failure(error))
            return
        }
        if case .open = machine.phase {
            waiter?.resume(returning: .success(()))
            return
        }
        if let waiter { connectWaiters.append(ConnectWaiter(id: id, retry: retry, waiter: waiter)) }
        switch machine.phase {
        // The end of the closing connection starts the next attempt.
        case .closing: return
        case .idle, .closed: isAskedFor = waiter != nil
        case .connecting, .preparing, .open, .waiting: break
        }
        perform(machine.connectRequested(retry: retry))
    }

    /// Ends the wait of one caller. If no caller is left and the attempts were made only for callers, they end too.
    func stopConnecting(_ id: UInt64) {
        guard let index = connectWaiters.firstIndex(where: { $0.id == id }) else { return }
        connectWaiters.remove(at: index).waiter.resume(returning: .failure(CancellationError()))
        if connectWaiters.isEmpty, isAskedFor { close(.normal, reason: "", nil) }
    }

    /// Closes the client. Resumes the waiter when there is no connection and no attempt.
    func close(_ code: CloseCode, reason: String, _ waiter: CheckedContinuation<Void, Never>?) {
        let action = machine.closeRequested()
        switch machine.phase {
        case .closing:
            if let waiter { closeWaiters.append(waiter) }
            if let connection { connection.close(code, reason: reason) }
            preparation?.cancel()
            tellState()
            // Callers of `connect` from now on wait for the end, and then for a new connection.
            resumeConnectWaiters(.failure(ClientError.closedWhileConnecting))
        case .idle, .closed:
            if action == .finish { finish(nil) }
            waiter?.resume()
        case .connecting, .preparing, .open, .waiting: waiter?.resume()
        }
    }

    /// Closes the connection after the client was released.
    func abandon() {
        close(.goingAway, reason: "", nil)
        if case .closing = machine.phase { return }
        observers.end()
    }
}

// MARK: - Phases

extension ClientSession {
    func perform(_ action: ReconnectMachine.Action, because error: (any Error)? = nil) {
        switch action {
        case .nothing: break
        case .connect(let attempt): beginAttempt(attempt)
        case .wait(let until, let attempt):
            setTimer(after: until - loop.clock.now) { [weak self] in
                guard let self else { return }
                perform(machine.timeCame())
            }
            tellState()
            let pause = RetryDelay(until: until, clock: loop.clock)
            observers.tell(.waiting(pause, attempt: attempt, error: error ?? ClientError.notConnected))
        case .finish: finish(error)
        }
    }

    func setTimer(after time: Duration, _ action: @escaping () -> Void) {
        endTimer()
        timer = loop.schedule(after: time) { [weak self] in
            self?.timer = nil
            action()
        }
    }

    func endTimer() {
        timer.take().map { loop.cancel($0) }
    }

    func resumeConnectWaiters(_ outcome: Result<Void, any Error>) {
        let waiters = connectWaiters
        connectWaiters = []
        for waiting in waiters { waiting.waiter.resume(returning: outcome) }
    }

    func tellState() {
        let state: ClientState =
            switch machine.phase {
            case .idle: .idle
            case .connecting, .preparing: .connecting
            case .open: .open
            case .waiting: .waiting
            case .closing: .closing
            case .closed: .closed
            }
        status.change(to: state)
    }

    /// Ends everything that waits, because the client has no connection and does not try to connect.
    /// - Parameter error: The reason; nil if this side closed the connection.
    func finish(_ error: (any Error)?) {
        endTimer()
        // Invalidates the number of the current attempt.
        attempt &+= 1
        credentials.reset()
        connecting.take()?.cancel()
        preparation.take()?.cancel()
        endRenewal()
        ending = error ?? ending
        tellState()
        failAll()
        // Observers are called first, because resumed callers may check for the event.
        observers.tell(.closed(error: error))
        resumeConnectWaiters(.failure(error ?? ClientError.closedWhileConnecting))
        let closing = closeWaiters
        closeWaiters = []
        for waiter in closing { waiter.resume() }
        if client == nil { observers.end() }
    }
}

extension ClientError {
    fileprivate static let closedWhileConnecting = ClientError(
        .notConnected, "the client was closed while connecting", delivery: .notSent)
}
