import EventLoops

/// The calls of one client that wait for their replies; each leaves exactly once.
struct PendingCalls {
    /// The response; or a ``ClientError``, or a `CancellationError`.
    typealias Reply = Result<RPCResponse, any Error>

    /// One call that waits.
    struct Waiter {
        let continuation: CheckedContinuation<Reply, Never>
        let request: OutgoingMessage
        /// How long it waits; nil for as long as the connection lives.
        let timeout: Duration?
        let timer: TimerToken?
    }

    private var waiters: [String: Waiter] = [:]

    var isEmpty: Bool { waiters.isEmpty }

    subscript(id: String) -> Waiter? { waiters[id] }

    mutating func add(_ waiter: Waiter, id: String) {
        waiters[id] = waiter
    }

    /// Takes the call out; nil when it was answered, timed out or cancelled before.
    mutating func remove(_ id: String) -> Waiter? {
        waiters.removeValue(forKey: id)
    }

    mutating func removeAll() -> [Waiter] {
        defer { waiters = [:] }
        return Array(waiters.values)
    }
}
