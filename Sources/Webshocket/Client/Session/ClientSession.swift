import EventLoops

/// A client's life across its connections: it connects, and connects again, keeps what waits to be sent, and ends what
/// waits for a connection that has gone.
///
/// Confined to the loop. ``ReconnectMachine`` decides when to connect; ``ClientConnection`` is the one that there is.
final class ClientSession {
    /// A connection that is being prepared, and whose.
    struct Preparing: Sendable, Equatable {
        let session: ObjectIdentifier
        let connection: UInt64
    }

    /// What the current task prepares; see ``ClientConfiguration/prepare``.
    @TaskLocal static var preparing: Preparing?

    let loop: EventLoop
    let url: Result<WebSocketURL, ClientError>
    let configuration: ClientConfiguration
    let status: ClientStatus
    let observers: ClientObservers
    /// Nil when it has gone: then no more is connected.
    weak var client: WebSocketClient?

    var machine: ReconnectMachine
    /// The connection that is open or being prepared, until it has ended.
    var connection: ClientConnection?
    /// Distinguishes tries to connect, and their connections.
    var attempt: UInt64 = 0
    var connecting: Task<Void, Never>?
    var preparation: Task<Void, Never>?
    /// Of the pause before the next try, or of the step that is under way.
    var timer: TimerToken?
    /// What another try would bring along.
    var credentials: FreshCredentials
    /// Whether the token was what a connection could not be prepared for.
    var tokenWasRefused = false
    /// Why a connection that could not be prepared was closed.
    var preparationFailure: (any Error)?
    var connectWaiters: [ConnectWaiter] = []
    /// Whether the tries under way are made for those alone who wait for them.
    var isAskedFor = false
    var closeWaiters: [CheckedContinuation<Void, Never>] = []
    /// Why there is no connection, and none is sought.
    var ending: (any Error)?

    /// The limits of the connection's server, as far as they are known.
    var limits: ServerLimits
    /// Answers that a new connection still waits for: to the token, and to the hello.
    var greetingsLeft = 0
    /// Nil without a heartbeat.
    var silence: SilenceWatch?
    /// Until when the pong has to come that everything waits for.
    var silenceTimer: TimerToken?
    /// Set once the connection's server shuts down.
    var shutdown: Shutdown?
    /// Until when a server that shuts down may close the connection itself.
    var farewellTimer: TimerToken?
    var renewal: ClientRenewal

    var pending = PendingCalls()
    var streams = OpenStreams()
    var received: ReceivedPackets
    var interests = ClientInterests()
    var queue = OutgoingQueue<OutgoingMessage>()
    var lastSequence: UInt64 = 0
    /// Ids of the session's own calls.
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
        limits = ServerLimits(elements: configuration.requestElements)
        renewal = ClientRenewal(machine: RenewalMachine(pauses: configuration.reconnect))
        received = ReceivedPackets(
            capacity: configuration.inboxSize, byteCapacity: configuration.inboxBytes)
    }

    var dialect: ClientConfiguration.Dialect { configuration.dialect }
    var inboxSize: Int { configuration.inboxSize }

    /// Why there is no connection, as who waits for something else is told; an error that is none of a connection's,
    /// such as one of ``ClientConfiguration/prepare``, stays the business of who connects.
    var absence: ClientError {
        switch ending {
        case nil: .notConnected
        case let error as ClientError: error
        case let error?: ClientError(.notConnected, "the client could not connect: \(error)")
        }
    }

    /// What a call or a message that cannot be sent ends with.
    var unavailable: ClientError {
        var error = absence
        error.delivery = .notSent
        return error
    }
}

// MARK: - Asked for

extension ClientSession {
    /// Resumes the waiter when the client is connected, or the tries have come to their end.
    /// - Parameter retry: what to do when the first try fails; nil to leave that as it is.
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
        // One that closes is waited for: its end connects.
        case .closing: return
        case .idle, .closed: isAskedFor = waiter != nil
        case .connecting, .preparing, .open, .waiting: break
        }
        perform(machine.connectRequested(retry: retry))
    }

    /// Ends a wait; with the last one the tries, where they were made for it alone.
    func stopConnecting(_ id: UInt64) {
        guard let index = connectWaiters.firstIndex(where: { $0.id == id }) else { return }
        connectWaiters.remove(at: index).waiter.resume(returning: .failure(CancellationError()))
        if connectWaiters.isEmpty, isAskedFor { close(.normal, reason: "", nil) }
    }

    /// Resumes the waiter when there is no connection, and none is sought.
    func close(_ code: CloseCode, reason: String, _ waiter: CheckedContinuation<Void, Never>?) {
        let action = machine.closeRequested()
        switch machine.phase {
        case .closing:
            if let waiter { closeWaiters.append(waiter) }
            if let connection { connection.close(code, reason: reason) }
            preparation?.cancel()
            tellState()
            // Who asks to connect from now on waits for the end, and is connected then.
            resumeConnectWaiters(.failure(ClientError.closedWhileConnecting))
        case .idle, .closed:
            if action == .finish { finish(nil) }
            waiter?.resume()
        case .connecting, .preparing, .open, .waiting: waiter?.resume()
        }
    }

    /// The client has gone: so does its connection.
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
            setTimer(after: until - .now) { [weak self] in
                guard let self else { return }
                perform(machine.timeCame())
            }
            tellState()
            let pause = ClientPause(until: until)
            observers.tell(.waiting(pause, attempt: attempt, because: error ?? ClientError.notConnected))
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

    /// There is no connection, and none is sought: all that waits ends.
    /// - Parameter error: nil where this side has closed.
    func finish(_ error: (any Error)?) {
        endTimer()
        // The number of a try that is under way is nobody's from now on.
        attempt &+= 1
        connecting.take()?.cancel()
        preparation.take()?.cancel()
        endRenewal()
        ending = error ?? ending
        tellState()
        failAll()
        // Before who waits goes on, and may look for it.
        observers.tell(.closed(because: error))
        resumeConnectWaiters(.failure(error ?? ClientError.closedWhileConnecting))
        let closing = closeWaiters
        closeWaiters = []
        for waiter in closing { waiter.resume() }
        if client == nil { observers.end() }
    }
}

extension ClientError {
    fileprivate static let closedWhileConnecting = ClientError(
        .notConnected, "the client was closed while it connected", delivery: .notSent)
}
