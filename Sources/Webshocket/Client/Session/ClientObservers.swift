import EventLoops
import Synchronization

/// Who is told what happens to a client.
final class ClientObservers: Sendable {
    struct Observer: Sendable {
        let id: UInt64
        let wantsMessages: Bool
        let tell: @Sendable (ClientEvent) -> Void
        /// Told that nothing more comes.
        let end: @Sendable () -> Void
    }

    private struct State {
        var observers: [Observer] = []
        var lastID: UInt64 = 0
    }

    /// Lines for one kind of event in an interval: a server may end each connection as soon as it is open.
    private static let logBurst = 10

    private let state = Locked(State())
    private let messageObservers = Atomic(0)
    let log: ThrottledLog

    init(log: Log) {
        self.log = ThrottledLog(log)
    }

    /// Whether to make events of messages at all.
    var wantMessages: Bool { messageObservers.load(ordering: .relaxed) > 0 }

    func add(
        withMessages: Bool, _ tell: @escaping @Sendable (ClientEvent) -> Void, end: @escaping @Sendable () -> Void = {}
    ) -> UInt64 {
        if withMessages { messageObservers.add(1, ordering: .relaxed) }
        return state.withLock { state in
            state.lastID += 1
            state.observers.append(Observer(id: state.lastID, wantsMessages: withMessages, tell: tell, end: end))
            return state.lastID
        }
    }

    /// Harmless for one that is not there any more.
    func remove(_ id: UInt64) {
        let removed = state.withLock { state in
            state.observers.firstIndex { $0.id == id }.map { state.observers.remove(at: $0) }
        }
        if removed?.wantsMessages == true { messageObservers.subtract(1, ordering: .relaxed) }
    }

    /// At the end of the client.
    func end() {
        let all = state.withLock { state in
            defer { state.observers = [] }
            return state.observers
        }
        for observer in all { observer.end() }
    }

    func tell(_ event: ClientEvent) {
        if let (level, cause, line) = event.line { log(level, .clientEvent(cause), burst: Self.logBurst, line) }
        for observer in state.withLock({ $0.observers }) { observer.tell(event) }
    }

    func tell(message event: ClientEvent) {
        for observer in state.withLock({ $0.observers }) where observer.wantsMessages { observer.tell(event) }
    }
}

/// Keeps an observer of a client; when it goes away, or is cancelled, the observer is told nothing more.
public final class ClientObservation: Sendable {
    private let observers: ClientObservers
    private let id: UInt64

    init(_ observers: ClientObservers, id: UInt64) {
        self.observers = observers
        self.id = id
    }

    deinit { cancel() }

    /// Ends the observation; a call that is under way may still come to its end.
    public func cancel() { observers.remove(id) }
}

extension WebSocketClient {
    /// Calls a closure for each thing that happens to this client, in order, until the observation is let go.
    ///
    ///     let watching = client.observe { event in
    ///         if case .waiting(_, let attempt, let error) = event { print("try \(attempt) soon: \(error)") }
    ///     }
    ///
    /// - Parameters:
    ///   - withMessages: whether each message sent and received is told too, as a copy.
    ///   - body: called on the client's event loop: it must not wait.
    /// - Returns: what keeps the observer.
    public func observe(
        withMessages: Bool = false, _ body: @escaping @Sendable (ClientEvent) -> Void
    ) -> ClientObservation {
        ClientObservation(observers, id: observers.add(withMessages: withMessages, body))
    }

    /// What happens to this client from now on, in order.
    ///
    ///     for await event in client.events() {
    ///         if case .open = event { print("connected") }
    ///     }
    ///
    /// Each sequence gets every event. 1,024 events wait for who iterates; of a longer row the oldest are dropped. The
    /// sequence ends with the client.
    /// - Parameter withMessages: whether each message sent and received is told too, as a copy.
    public func events(withMessages: Bool = false) -> AsyncStream<ClientEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ClientEvent.self, bufferingPolicy: .bufferingNewest(1_024))
        let observers = observers
        let id = observers.add(withMessages: withMessages) {
            continuation.yield($0)
        } end: {
            continuation.finish()
        }
        continuation.onTermination = { _ in observers.remove(id) }
        return stream
    }
}
