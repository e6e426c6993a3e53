import EventLoops
import Synchronization

/// The observers of a client's events.
final class ClientObservers: Sendable {
    struct Observer: Sendable {
        let id: UInt64
        let wantsMessages: Bool
        let tell: @Sendable (ClientEvent) -> Void
        /// Called after the last event.
        let end: @Sendable () -> Void
    }

    private struct State {
        var observers: [Observer] = []
        var lastID: UInt64 = 0
    }

    /// The maximum number of log lines for one kind of event in an interval. A server may end each connection as soon
    /// as it is open.
    private static let logBurst = 10

    private let state = Locked(State())
    private let messageObservers = Atomic(0)
    let log: ThrottledLog

    init(log: LogSink, clock: LoopClock) {
        self.log = ThrottledLog(log, clock: clock)
    }

    /// Whether any observer wants message events.
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

    /// Removes an observer; a no-op if it was already removed.
    func remove(_ id: UInt64) {
        let removed = state.withLock { state in
            state.observers.firstIndex { $0.id == id }.map { state.observers.remove(at: $0) }
        }
        if removed?.wantsMessages == true { messageObservers.subtract(1, ordering: .relaxed) }
    }

    /// Removes all observers at the end of the client.
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

/// The registration of an observer. When it is released or cancelled, the observer receives no more events.
public final class ClientObservation: Sendable {
    private let observers: ClientObservers
    private let id: UInt64

    init(_ observers: ClientObservers, id: UInt64) {
        self.observers = observers
        self.id = id
    }

    deinit { cancel() }

    /// Ends the observation. A call of the observer that is in progress may still complete.
    public func cancel() { observers.remove(id) }
}

extension WebSocketClient {
    /// Calls a closure for each event of this client, in order, until the observation is released.
    ///
    ///     let watching = client.observe { event in
    ///         if case .waiting(_, let attempt, let error) = event { print("attempt \(attempt) soon: \(error)") }
    ///     }
    ///
    /// - Parameters:
    ///   - withMessages: Whether to report each message sent and received, as a copy.
    ///   - body: Called on the client's event loop; must not block.
    /// - Returns: The observation, which must be retained.
    public func observe(
        withMessages: Bool = false, _ body: @escaping @Sendable (ClientEvent) -> Void
    ) -> ClientObservation {
        ClientObservation(observers, id: observers.add(withMessages: withMessages, body))
    }

    /// Returns the events of this client from now on, in order.
    ///
    ///     for await event in client.events() {
    ///         if case .open = event { print("connected") }
    ///     }
    ///
    /// Each sequence receives all events. Up to 1,024 events wait for the consumer; beyond that, the oldest are
    /// dropped. The sequence ends when the client is released.
    /// - Parameter withMessages: Whether to report each message sent and received, as a copy.
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
